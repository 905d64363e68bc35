"""Whatever clients write to the socket: no hang, no fault, and exactly what was acknowledged is in the queue.

Both edges are fuzzed for a moment; with DECAF_LONG=1 in the environment for minutes, from another seed each time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import select
import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, suppress

import pytest
from aiohttp.web import RequestPayloadError
from botocore.config import Config

from decaf.base.settings import Settings
from tests.decaf.http.broken_requests import broken, chunked
from tests.decaf.http.wire import Answer, answer, answers, call, dial, head, rest
from tests.live import Live

LONG = bool(os.environ.get("DECAF_LONG"))
SEED = random.randrange(10**6) if LONG else 1
ROUNDS = 400 if LONG else 6
CROWD = 50  # connections of one round
MOMENT = 0.5  # seconds that the server has patience for what does not end


@pytest.fixture(scope="module", params=["fast", "plain"])
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    with Live(Settings(port=0, edge=request.param)) as server:
        yield server


@pytest.fixture(scope="module", params=["fast", "plain"])
def hasty(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A server that hangs up soon on whoever says nothing more: so every exchange ends by itself."""
    settings = Settings(port=0, edge=request.param, idle_timeout=MOMENT, request_timeout=MOMENT, max_history=0)
    with Live(settings) as server:
        yield server


@pytest.fixture(autouse=True)
def no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test leaves an error in the server's log."""
    yield
    errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert [(r.getMessage(), r.exc_text) for r in errors if r.name != "decaf.http" or _is_internal_error(r)] == []


def _is_internal_error(record: logging.LogRecord) -> bool:
    """Returns whether a record is an internal error: aiohttp logs bad requests and unreadable bodies, too."""
    error = record.exc_info[1] if record.exc_info else None
    return "Unhandled" in record.getMessage() and not isinstance(error, RequestPayloadError)


class CheckedQueue:
    """A queue of a server, with the bytes that were written to the socket, and the messages that were acknowledged."""

    def __init__(self, server: Live, account: str) -> None:
        self._account = account
        # A hasty server may close a kept connection just when the next call goes out: that is tried again.
        self._sqs = server.client("sqs", account, config=Config(retries={"total_max_attempts": 5}))
        self.url: str = self._sqs.create_queue(QueueName="orders")["QueueUrl"]
        self._written: list[bytes] = []
        self.acknowledged: dict[str, str] = {}  # MD5 by message id

    def send(self, body: str, *lines: str) -> bytes:
        """The bytes of a SendMessage."""
        return call("SendMessage", self._account, *lines, QueueUrl=self.url, MessageBody=body)

    def send_in_a_form(self, body: str) -> bytes:
        """The same in the older protocol."""
        form = f"Action=SendMessage&Version=2012-11-05&QueueUrl={self.url}&MessageBody={body}"
        scope = f"{self._account}/20260101/us-east-1/sqs/aws4_request"
        lines = (
            "POST / HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
            f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
            f"Content-Length: {len(form)}",
        )
        return "\r\n".join([*lines, "", form]).encode()

    def note(self, written: bytes, answered: Iterable[Answer]) -> None:
        """Note the requests and the responses of one connection."""
        self._written.append(written)
        for one in answered:
            assert one.status < 500 or one.status == 505, (written, one)
            with suppress(ValueError, KeyError, TypeError):
                said = json.loads(one.body)
                self.acknowledged[said["MessageId"]] = said["MD5OfMessageBody"]

    def serves(self) -> None:
        """Check that other clients are still served."""
        self._sqs.get_queue_url(QueueName="orders")

    def check(self) -> list[str]:
        """Check that the queue has the messages that were acknowledged, as sent, and no other. Returns their bodies."""
        held: dict[str, str] = {}
        while messages := self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                assert message["MessageId"] not in held, "a message is there twice"
                held[message["MessageId"]] = message["Body"]
        for message_id, md5 in self.acknowledged.items():
            assert hashlib.md5(held[message_id].encode(errors="surrogatepass")).hexdigest() == md5
        for body, count in Counter(held.values()).items():
            assert count <= sum(_times(body, written) for written in self._written), body
        return list(held.values())

    def close(self) -> None:
        self._sqs.close()


def _times(body: str, written: bytes) -> int:
    """How often a body is in what was written: as such, escaped, or with the frames of chunks between its bytes."""
    times = max(written.count(body.encode(errors="surrogatepass")), written.count(json.dumps(body)[1:-1].encode()))
    following = iter(written if not times and b"chunked" in written else b"")
    return times or all(byte in following for byte in body.encode(errors="surrogatepass"))


@pytest.fixture
def checked(live: Live, account: str) -> Iterator[CheckedQueue]:
    with closing(CheckedQueue(live, account)) as kept:
        yield kept


def exchanges(url: str, requests: list[bytes]) -> Iterator[tuple[bytes, list[Answer]]]:
    """Each request on a connection of its own, all at once, and what each was answered until the server hung up."""
    with ExitStack() as opened:
        connections = [opened.enter_context(dial(url)) for _ in requests]
        for connection, request in zip(connections, requests, strict=True):
            with suppress(ConnectionError):
                connection.sendall(request)
        for connection, request in zip(connections, requests, strict=True):
            yield request, answers(rest(connection))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_broken_requests(hasty: Live, account: str, number: int) -> None:
    chance = random.Random(SEED * 1_000_003 + number)
    with closing(CheckedQueue(hasty, account)) as checked:
        requests = []
        for index in range(CROWD):
            body = f"{number}-{index}-" + "x" * chance.choice((0, 10, 3_000))
            chunks = head("SendMessage", account, "Transfer-Encoding: chunked")
            chunks += chunked(chance, json.dumps({"QueueUrl": checked.url, "MessageBody": body}).encode())
            health = b"GET /_decaf/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
            whole = chance.choice(
                (checked.send(body), checked.send(body), checked.send_in_a_form(body), chunks, health)
            )
            requests.append(broken(chance, whole))
            if chance.random() < 0.2:
                requests[-1] = checked.send(f"{body}-before") + requests[-1] + checked.send(f"{body}-after")
        for request, answered in exchanges(hasty.url, requests):
            checked.note(request, answered)
            checked.serves()
        checked.check()


@pytest.mark.parametrize("target", [b"/a\nb", b"/a\rb", b"/\0", b"/a b", b"/\x7f"])
def test_a_first_line_that_is_not_clear_is_refused(live: Live, target: bytes) -> None:
    with dial(live.url) as connection:
        connection.sendall(b"POST " + target + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
        refused = answer(connection)
    assert refused is not None
    assert refused.status == 400
    assert b"__type" not in refused.body, "it was not taken for a call"


def test_half_closed_connections(checked: CheckedQueue, live: Live) -> None:
    for cut in range(0, len(checked.send("latte")) + 1, 5):
        request = checked.send("latte")[: cut or None]
        with dial(live.url) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            checked.note(request, answers(rest(connection)))
    checked.check()


def test_calls_in_one_segment_split_anywhere(checked: CheckedQueue, live: Live) -> None:
    bodies = ["espresso", "latte", "mocha"]
    whole = b"".join(map(checked.send, bodies))
    sent = 0
    for cut in range(1, len(whole), 1 if LONG else 9):
        with dial(live.url) as connection:
            connection.sendall(whole[:cut])
            checked.serves()  # by then the server has read the first part
            connection.sendall(whole[cut:])
            checked.note(whole, _answered(connection, 3))
        sent += 1
    assert len(checked.acknowledged) == 3 * sent
    assert Counter(checked.check()) == dict.fromkeys(bodies, sent)


def _answered(connection: socket.socket, count: int) -> list[Answer]:
    """The next so many answers."""
    received = b""
    while len(found := answers(received)) < count:
        piece = connection.recv(65_536)
        assert piece, received
        received += piece
    return found


def test_many_calls_in_one_segment(checked: CheckedQueue, live: Live) -> None:
    bodies = [str(number) for number in range(500)]
    whole = b"".join(map(checked.send, bodies))
    with dial(live.url) as connection:
        connection.sendall(whole)
        found = _answered(connection, len(bodies))
    checked.note(whole, found)
    digests = [json.loads(one.body)["MD5OfMessageBody"] for one in found]
    assert digests == [hashlib.md5(body.encode()).hexdigest() for body in bodies], "in order"
    assert sorted(checked.check()) == sorted(bodies)


def test_a_call_a_byte_at_a_time(checked: CheckedQueue, live: Live) -> None:
    request = checked.send("latte")
    with dial(live.url) as connection:
        for byte in request:
            connection.sendall(bytes([byte]))
        checked.note(request, _answered(connection, 1))
    assert checked.check() == ["latte"]


@pytest.mark.parametrize("number", range(20 if LONG else 5))
def test_chunked_bodies_in_any_pieces(checked: CheckedQueue, live: Live, account: str, number: int) -> None:
    chance = random.Random(number)
    body = f"latte-{number}-" + "x" * 500
    request = head("SendMessage", account, "Transfer-Encoding: chunked")
    request += chunked(chance, json.dumps({"QueueUrl": checked.url, "MessageBody": body}).encode())
    with dial(live.url) as connection:
        while request:
            size = chance.randint(1, 200)
            connection.sendall(request[:size])
            request = request[size:]
        checked.note(checked.send(body), _answered(connection, 1))
        connection.sendall(b"0123456789\r\n\r\ngarbage\r\n\r\n")
        assert [one.status for one in answers(rest(connection))] in ([400], [])
    assert (checked.check(), len(checked.acknowledged)) == ([body], 1)


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ("Transfer-Encoding: chunked", b"5\r\nhello"),
        ("Transfer-Encoding: chunked", b"zz\r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"2\r\n{}x\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"fffffffffffffffff\r\n{}"),
        ("Transfer-Encoding: chunked", b"-2\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 2", b"2\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: identity\r\nContent-Length: 2", b"{}"),
        ("Content-Encoding: gzip\r\nContent-Length: 2", b"{}"),
        ("Content-Encoding: deflate\r\nContent-Length: 5", b"\x78\x9cabc"),
        ("Content-Encoding: gzip\r\nTransfer-Encoding: chunked", b"2\r\n\x1f\x8b\r\n0\r\n\r\n"),
        ("Content-Length: 2\r\nContent-Length: 3", b"{}"),
        ("Content-Length: 99999999999999999999", b"{}"),
        ("X: 1", b""),
        *((f"X-{'x' * size}: 1\r\nContent-Length: 2", b"{}") for size in (60_000, 250_000, 400_000)),
        *((f"X: {'x' * size}\r\nContent-Length: 2", b"{}") for size in (60_000, 250_000, 400_000)),
        *(("X: 1\r\n" * count + "Content-Length: 2", b"{}") for count in (120, 1_000, 50_000)),
    ],
    ids=str,
)
def test_heads_and_bodies_that_do_not_fit(hasty: Live, account: str, lines: str, body: bytes) -> None:
    request = head("ListQueues", account, lines) + body
    with dial(hasty.url) as connection, dial(hasty.url) as other:
        with suppress(ConnectionError):
            connection.sendall(request)
        other.sendall(call("ListQueues", account))
        served = answer(other)
        assert served is not None
        assert served.status == 200
        assert all(one.status < 500 for one in answers(rest(connection)))


@pytest.mark.parametrize("framed", ["Content-Length: {}", "Transfer-Encoding: chunked"])
def test_a_body_beyond_the_limit_is_refused_and_leaves_nothing(
    checked: CheckedQueue, live: Live, account: str, framed: str
) -> None:
    size = live.world.settings.max_body + 1
    with dial(live.url) as connection:
        with suppress(ConnectionError):
            connection.sendall(head("SendMessage", account, framed.format(size)))
            if "chunked" in framed:
                connection.sendall(b"%x\r\n" % size)
            for start in range(0, size, 65_536):
                connection.sendall(b" " * min(65_536, size - start))
        refused = answer(connection)
    assert refused is None or refused.status == 413
    assert checked.check() == []


def test_a_client_that_asks_before_it_sends_its_body_is_sent_100(checked: CheckedQueue, live: Live) -> None:
    top, body = checked.send("latte", "Expect: 100-continue").split(b"\r\n\r\n")
    with dial(live.url) as connection:
        connection.sendall(top + b"\r\n\r\n")
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        checked.note(top + body, _answered(connection, 1))
        connection.sendall(checked.send("mocha"))
        checked.note(checked.send("mocha"), _answered(connection, 1))
    assert sorted(checked.check()) == ["latte", "mocha"]


def test_a_client_that_asks_to_send_too_much_is_refused_at_once(live: Live, account: str) -> None:
    size = live.world.settings.max_body + 1
    with dial(live.url) as connection:
        connection.sendall(head("SendMessage", account, f"Content-Length: {size}", "Expect: 100-continue"))
        refused = answer(connection)
    assert refused is not None
    assert refused.status == 413


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
@pytest.mark.parametrize("wish", ["Connection: close", "Connection: keep-alive"])
def test_old_clients_and_wishes_about_the_connection(
    checked: CheckedQueue, live: Live, version: bytes, wish: str
) -> None:
    request = checked.send("latte", wish).replace(b"HTTP/1.1", version)
    with dial(live.url) as connection:
        connection.sendall(request)
        found = answers(rest(connection)) if wish.endswith("close") else _answered(connection, 1)
        checked.note(request, found)
    assert (checked.check(), len(checked.acknowledged)) == (["latte"], 1)


def test_what_is_sent_behind_a_parked_poll_is_bounded(checked: CheckedQueue, live: Live, account: str) -> None:
    """And answered in the end, however much it is."""
    poll = call("ReceiveMessage", account, QueueUrl=checked.url, WaitTimeSeconds=20)
    behind = call("ListQueues", account, f"X: {'x' * 20_000}", QueueNamePrefix="none")
    with dial(live.url) as connection:
        connection.sendall(poll)
        live.until_somebody_waits(account, "orders")
        written = _written_until_nobody_listens(connection, behind, live)
        with closing(live.client("sqs", account)) as sqs:
            sqs.send_message(QueueUrl=checked.url, MessageBody="latte")
        connection.sendall(behind[written % len(behind) :])
        received, *found = _answered(connection, 2 + written // len(behind))
    assert b"latte" in received.body
    assert {one.body for one in found} == {b"{}"}


def _written_until_nobody_listens(connection: socket.socket, request: bytes, server: Live) -> int:
    """Write a request over and over, as far as the server reads; the number of bytes."""
    written = refused = 0
    while refused < 50:
        if select.select([], [connection], [], 0)[1]:
            written += connection.send(request[written % len(request) :])
            refused = 0
        else:
            server.call(lambda: None)  # by then the server has read what there was
            refused += 1
        assert written < 40_000_000
    return written
