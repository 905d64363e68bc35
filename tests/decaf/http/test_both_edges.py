"""Both edges answer the same bytes alike: which one reads a request, nobody can tell.

Bytes that once were answered in two ways are kept in `corpus/`, and sent again in each run.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from decaf.base.settings import Settings
from decaf.delivery.courier import SLICE
from decaf.faults.effects import Latency
from tests.decaf.http.alike import assert_end_alike, comparable, exchange
from tests.decaf.http.broken_requests import broken
from tests.decaf.http.wire import answers, call, dial, rest
from tests.live import Live

ACCOUNT = "000000000000"
CORPUS = Path(__file__).parent / "corpus"
SOON = 0.5  # seconds until a server hangs up on whoever says nothing more

PLAIN = call("ListQueues", ACCOUNT)
HEAD, _, BODY = PLAIN.partition(b"\r\n\r\n")


def _with(*lines: bytes) -> bytes:
    return b"\r\n".join([HEAD, *lines]) + b"\r\n\r\n" + BODY


def _with_length(length: bytes) -> bytes:
    return PLAIN.replace(b"Content-Length: 2", b"Content-Length: " + length)


def _first_line(line: bytes) -> bytes:
    return PLAIN.replace(b"POST / HTTP/1.1", line)


def _headers(count: int) -> bytes:
    return _with(*(b"X-%d: 1" % number for number in range(count - HEAD.count(b"\r\n"))))


SERVED = {
    "plain": PLAIN,
    "an empty line before": b"\r\n" + PLAIN,
    "two in one": PLAIN + PLAIN,
    "a tab in a value": _with(b"X: a\tb"),
    "UTF-8 in a value": _with("X: café".encode()),
    "no UTF-8 in a value": _with(b"X: caf\xe9"),
    "no UTF-8 in a trace": _with(b"X-Amzn-Trace-Id: Root=1;A=\xff\xfe"),
    "no UTF-8 in Host": PLAIN.replace(b"Host: localhost", b"Host: \xff"),
    "an empty Host": PLAIN.replace(b"Host: localhost", b"Host:"),
    "128 headers": _headers(128),
    "a header twice": _with(b"X: 1", b"X: 2"),
    "Keep-Alive": _with(b"Keep-Alive: timeout=5"),
    "Proxy-Connection: keep-alive": _with(b"Proxy-Connection: keep-alive"),
    "Proxy-Connection: close": _with(b"Proxy-Connection: close"),
    "Connection: close": _with(b"Connection: close"),
    "Connection: upgrade": _with(b"Connection: upgrade"),
    "an unknown Expect": _with(b"Expect: wonders"),
    "zeros before the length": _with_length(b"0002"),
    "escapes that are none": _first_line(b"POST /%zz HTTP/1.1"),
    "escapes that are no UTF-8": _first_line(b"POST /%ff HTTP/1.1"),
    "odd characters in the path": _first_line(b'POST /a"b<>\\^`{|} HTTP/1.1'),
    "a fragment": _first_line(b"POST /a#b HTTP/1.1"),
    "HTTP/1.0": _first_line(b"POST / HTTP/1.0"),
    "GET": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
}
REFUSED = {
    "a control character in a value": _with(b"X: a\x01b"),
    "DEL in a value": _with(b"X: a\x7fb"),
    "NUL in a value": _with(b"X: a\0b"),
    "a bare carriage return": _with(b"X: a\rb"),
    "no Host": PLAIN.replace(b"Host: localhost\r\n", b""),
    "two Hosts": _with(b"Host: other"),
    "two Content-Types": _with(b"Content-Type: text/plain"),
    "two lengths": _with(b"Content-Length: 2"),
    "129 headers": _headers(129),
    "300 headers": _headers(300),
    "no colon": _with(b"colon"),
    "no UTF-8 in a name": _with(b"X\xff: 1"),
    "Sec-WebSocket-Key1": _with(b"Sec-WebSocket-Key1: 1"),
    "a signed length": _with_length(b"+2"),
    "a length in two parts": _with_length(b"2 2"),
    "an unknown framing": _with(b"Transfer-Encoding: wonders"),
    "a chunk that is none": _with(b"Transfer-Encoding: chunked").replace(b"Content-Length: 2\r\n", b""),
    "a broken coding": _with(b"Content-Encoding: gzip"),
    "bytes in the path": _first_line(b"POST /\xc3\xa9 HTTP/1.1"),
    "no method": _first_line(b"P(ST / HTTP/1.1"),
    "no HTTP": _first_line(b"POST / HTTQ/1.1"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}
OTHER_VERSIONS = {
    version: _first_line(b"POST / " + version.encode()) for version in ("HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0")
} | {"the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}


@pytest.fixture(scope="module")
def edges() -> Iterator[list[Live]]:
    with ExitStack() as opened:
        yield [
            opened.enter_context(Live(Settings(port=0, edge=edge, idle_timeout=SOON, request_timeout=SOON)))
            for edge in ("fast", "plain")
        ]


def _answered_alike(edges: list[Live], written: bytes, half_closed: bool = True) -> bytes:
    fast, plain = (comparable(exchange(server.url, written, half_closed)) for server in edges)
    assert fast == plain
    return fast


@pytest.mark.parametrize("written", SERVED.values(), ids=SERVED)
def test_both_edges_serve_alike(edges: list[Live], written: bytes) -> None:
    answered = answers(_answered_alike(edges, written))
    assert {one.status for one in answered} <= {200, 403, 404}  # 403: a Host that cannot be ours
    assert answered


def test_a_client_that_waits_for_nothing_more_is_answered_alike(edges: list[Live]) -> None:
    assert len(answers(_answered_alike(edges, PLAIN, half_closed=False))) == 1


def test_a_post_without_an_action_is_refused_alike(edges: list[Live]) -> None:
    form = b"Version=2012-11-05"
    head = HEAD.splitlines()
    kept = [line for line in head if not line.lower().startswith((b"content-", b"x-amz-target"))]
    kept += [b"Content-Type: application/x-www-form-urlencoded", b"Content-Length: %d" % len(form)]
    assert b"MissingAction" in _answered_alike(edges, b"\r\n".join(kept) + b"\r\n\r\n" + form)


@pytest.mark.parametrize("written", REFUSED.values(), ids=REFUSED)
def test_both_edges_refuse_alike_and_in_the_form_of_aws(edges: list[Live], written: bytes) -> None:
    """Source: the common errors of AWS's API References: MalformedHttpRequestException, status 400."""
    _check_refusal(_answered_alike(edges, written), b"400")


@pytest.mark.parametrize("written", OTHER_VERSIONS.values(), ids=OTHER_VERSIONS)
def test_other_versions_are_refused_in_http_1_1(edges: list[Live], written: bytes) -> None:
    """RFC 9110, 15.6.6: 505."""
    _check_refusal(_answered_alike(edges, written), b"505")


def _check_refusal(answered: bytes, status: bytes) -> None:
    assert answered.startswith(b"HTTP/1.1 " + status + b" ")
    assert answered.count(b"HTTP/1.1 ") == 1
    assert b"MalformedHttpRequestException" in answered
    assert b"\r\nx-amzn-RequestId: " in answered
    assert b"\r\nConnection: close\r\n" in answered
    assert b"aiohttp" not in answered


@pytest.fixture(scope="module", params=["fast", "plain"])
def server(request: pytest.FixtureRequest) -> Iterator[Live]:
    """One of the two, for what has to do with time and state: it does not hang up by itself as soon as the others."""
    with Live(Settings(port=0, edge=request.param)) as opened:
        yield opened


@settings(max_examples=60, deadline=None, derandomize="DECAF_LONG" not in os.environ)
@given(st.randoms(use_true_random=False), st.sampled_from((PLAIN, PLAIN + PLAIN, SERVED["UTF-8 in a value"])))
def test_broken_bytes_are_answered_alike(edges: list[Live], chance: random.Random, whole: bytes) -> None:
    written = broken(chance, whole)
    assume(not written.startswith(b"CONNECT "))  # aiohttp passes the bytes behind it to a tunnel, in its own time
    try:
        _end_alike(edges, written)
    except AssertionError:
        (CORPUS / hashlib.sha256(written).hexdigest()[:16]).write_bytes(written)
        raise


@pytest.mark.parametrize("file", sorted(CORPUS.iterdir()), ids=lambda file: file.name)
def test_bytes_of_the_corpus_are_answered_alike(edges: list[Live], file: Path) -> None:
    _end_alike(edges, file.read_bytes())


def _end_alike(edges: list[Live], written: bytes) -> None:
    assert_end_alike([server.url for server in edges], written)


def test_responses_have_the_date(edges: list[Live]) -> None:
    """As AWS's have; it is the real one, since clients correct their signatures by it."""
    for server in edges:
        for written in (PLAIN, _with(b"Connection: close"), REFUSED["no Host"], SERVED["HTTP/1.0"]):
            (date,) = re.findall(rb"\r\nDate: ([^\r]*)\r\n", exchange(server.url, written))
            assert abs(parsedate_to_datetime(date.decode()).timestamp() - time.time()) < 60


def test_a_poll_whose_client_sends_no_more_ends_and_is_answered(server: Live, account: str) -> None:
    """It cannot be told from one that is gone: so it is handed no message that is sent later."""
    with closing(server.client("sqs", account)) as sqs, dial(server.url) as poller:
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        poller.sendall(call("ReceiveMessage", account, QueueUrl=url, WaitTimeSeconds=20))
        server.until_somebody_waits(account, "orders")
        poller.shutdown(socket.SHUT_WR)
        assert [(one.status, one.body) for one in answers(rest(poller))] == [(200, b"{}")]
        sqs.send_message(QueueUrl=url, MessageBody="latte")
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"


def test_a_poll_whose_connection_breaks_is_over(server: Live, account: str) -> None:
    with closing(server.client("sqs", account)) as sqs, dial(server.url) as poller:
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        server.call(server.world.clock.freeze)  # so that the poll does not end by itself
        poller.sendall(call("ReceiveMessage", account, QueueUrl=url, WaitTimeSeconds=20))
        server.until_somebody_waits(account, "orders")
        poller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        poller.close()  # with a reset: nothing announces it
        server.until_nobody_waits(account, "orders")
        server.call(server.world.clock.thaw)
        sqs.send_message(QueueUrl=url, MessageBody="latte")
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"


def test_calls_behind_a_poll_are_answered_when_the_client_sends_no_more(server: Live, account: str) -> None:
    with closing(server.client("sqs", account)) as sqs, dial(server.url) as poller:
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        poll = call("ReceiveMessage", account, QueueUrl=url, WaitTimeSeconds=20)
        poller.sendall(poll + call("ListQueues", account) + poll + call("ListQueues", account))
        poller.shutdown(socket.SHUT_WR)
        bodies = [one.body for one in answers(rest(poller))]
    listed = b'{"QueueUrls":["http://localhost/%s/orders"]}' % account.encode()
    assert bodies == [b"{}", listed, b"{}", listed]


def test_a_late_response_comes_at_once_when_the_client_sends_no_more(server: Live, account: str) -> None:
    server.control.of(account).set_fault(Latency(seconds=600))
    with dial(server.url) as caller:
        caller.sendall(call("ListQueues", account))
        caller.shutdown(socket.SHUT_WR)
        assert [one.status for one in answers(rest(caller))] == [200]
    server.control.of(account).clear_faults()


def _answered_after_sending(server: Live, written: bytes) -> list[int]:
    """The statuses of what a client is answered that sends nothing behind this."""
    with dial(server.url) as caller:
        caller.sendall(written)
        caller.shutdown(socket.SHUT_WR)
        return [one.status for one in answers(rest(caller))]


def test_a_publish_to_many_is_finished_and_answered_when_the_client_sends_no_more(server: Live, account: str) -> None:
    with closing(server.client("sns", account)) as sns:
        topic = sns.create_topic(Name="news")["TopicArn"]
        for number in range(SLICE + 1):
            sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=f"+1555{number:07}")
    form = f"Action=Publish&Version=2010-03-31&TopicArn={topic}&Message=latte".encode()
    scope = f"Credential={account}/20260101/us-east-1/sns/aws4_request"
    lines = (
        "POST / HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/x-www-form-urlencoded",
        f"Authorization: AWS4-HMAC-SHA256 {scope}, Signature=0",
        f"Content-Length: {len(form)}",
    )
    assert _answered_after_sending(server, "\r\n".join([*lines, "", ""]).encode() + form) == [200]
    assert len(server.control.of(account).inbox(topic_arn=topic)) == SLICE + 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock/advance", b'{"seconds": 1}'),
        ("clock/next", b"{}"),
        ("wait", b'{"kind": "MessageSent", "timeout": 60}'),
        ("never", b'{"kind": "MessageSent", "timeout": 60}'),
    ],
)
def test_control_calls_that_wait_are_answered_when_the_client_sends_no_more(
    server: Live, path: str, body: bytes
) -> None:
    head = f"POST /_decaf/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    assert _answered_after_sending(server, head.encode() + body) == [200]


def test_a_client_that_does_not_read_is_not_answered_on_and_on(account: str) -> None:
    """What it asks for is done as it reads, and done in the end."""
    receives = 60
    with Live(Settings(port=0)) as server, closing(server.client("sqs", account)) as sqs, dial(server.url) as deaf:
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1_000_000)
        deaf.sendall(call("ReceiveMessage", account, QueueUrl=url, VisibilityTimeout=0) * receives)
        queue = server.world.store.find_queue(account, "us-east-1", "orders")
        assert queue is not None
        (message,) = queue.messages.values()
        done = -1
        while done < (now := server.call(lambda: message.receives.count)):
            done = now
        assert done < receives / 2
        deaf.shutdown(socket.SHUT_WR)
        assert len(answers(rest(deaf))) == receives
