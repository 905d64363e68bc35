"""The server as clients on the network meet it: keep-alive, odd HTTP, clients that hang up, and an orderly end."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest

from decaf.base.settings import Settings
from decaf.handling import Handling
from decaf.http.guard import Guard
from decaf.http.rendering import Stream
from decaf.http.server import Server
from decaf.http.site import PathHandler, site_of
from decaf.world import World
from decaf_protocol import Reply, Request
from tests.live import Live

CONTENT_TYPE = "application/x-amz-json-1.0"


def _call(operation: str, account: str, **params: Any) -> tuple[dict[str, str], bytes]:
    scope = f"{account}/20260101/us-east-1/sqs/aws4_request"
    headers = {
        "X-Amz-Target": f"AmazonSQS.{operation}",
        "Content-Type": CONTENT_TYPE,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
    }
    return headers, json.dumps(params).encode()


def _raw(operation: str, account: str, **params: Any) -> bytes:
    headers, body = _call(operation, account, **params)
    headers |= {"Host": "localhost", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + body


@pytest.fixture(scope="module", params=["fast", "plain"])
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A server whose connections take the short way, and one that leaves all to aiohttp: nobody can tell."""
    server = Live(Settings(port=0, edge=request.param))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def endpoint(live: Live) -> str:
    return live.url


@pytest.fixture
def poller(live: Live, account: str) -> Iterator[Any]:
    """A second client of the test's account, to wait with in a thread."""
    client = live.client("sqs", account)
    yield client
    client.close()


@pytest.fixture
def connection(endpoint: str) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=10)
    yield opened
    opened.close()


@pytest.fixture
def dialled(endpoint: str) -> Iterator[socket.socket]:
    """A connection to write bytes to."""
    where = urlsplit(endpoint)
    with socket.create_connection((where.hostname, where.port), timeout=10) as opened:
        yield opened


def test_calls_share_a_connection(connection: http.client.HTTPConnection, account: str) -> None:
    connection.connect()
    first = connection.sock
    for _ in range(3):
        headers, body = _call("ListQueues", account)
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"{}")
        assert response.headers["x-amzn-RequestId"]
    assert connection.sock is first


def test_http_1_0_is_answered_and_the_connection_closed(dialled: socket.socket, account: str) -> None:
    dialled.sendall(_raw("ListQueues", account).replace(b"HTTP/1.1", b"HTTP/1.0"))
    answer = dialled.makefile("rb").read()
    assert answer.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200"))
    assert answer.endswith(b"{}")


def test_connection_close_is_kept(dialled: socket.socket, account: str) -> None:
    dialled.sendall(_raw("ListQueues", account).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    answer = dialled.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"{}")


def test_calls_sent_ahead_are_answered_in_order(dialled: socket.socket, account: str) -> None:
    dialled.sendall(
        _raw("ListQueues", account)
        + _raw("Unknown", account)
        + _raw("ListQueues", account).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    )
    answer = dialled.makefile("rb").read()
    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"200", b"400", b"200"]


def test_a_call_may_arrive_byte_by_byte(dialled: socket.socket, account: str) -> None:
    dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in _raw("ListQueues", account):
        dialled.sendall(bytes([byte]))
    assert dialled.recv(65_536).startswith(b"HTTP/1.1 200")


def test_head_and_body_may_arrive_apart(dialled: socket.socket, account: str) -> None:
    dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head, body = _raw("ListQueues", account, QueueNamePrefix="x" * 80).split(b"\r\n\r\n")
    for _ in range(3):
        dialled.sendall(head + b"\r\n\r\n")
        dialled.sendall(body)
        assert dialled.recv(65_536).startswith(b"HTTP/1.1 200")


def test_a_large_body_arrives_whole(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="large")["QueueUrl"]
    body = "0123456789abcdef" * 65_536  # 1 MiB
    sqs.send_message(QueueUrl=url, MessageBody=body)
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == body


def test_what_is_sent_behind_a_parked_poll_is_answered_after_it(
    dialled: socket.socket, sqs: Any, live: Live, account: str
) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    dialled.sendall(_raw("ReceiveMessage", account, QueueUrl=url, WaitTimeSeconds=20))
    _wait_for_polls(live, account, 1)
    closing = _raw("ListQueues", account).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    dialled.sendall(_raw("ListQueues", account)[:50])
    dialled.sendall(_raw("ListQueues", account)[50:] + closing)
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    answer = dialled.makefile("rb").read()
    assert answer.index(b"latte") < answer.index(b"QueueUrls")
    assert answer.count(b"HTTP/1.1 200") == 3


def test_pages_and_calls_share_a_connection(connection: http.client.HTTPConnection, account: str) -> None:
    for _ in range(2):
        connection.request("GET", "/_decaf/health")
        assert json.loads(connection.getresponse().read())["status"] == "ready"
        headers, body = _call("ListQueues", account)
        connection.request("POST", "/", body, headers)
        assert connection.getresponse().read() == b"{}"


@pytest.mark.parametrize(
    "odd",
    [
        b"Content-Length: 2\r\nContent-Length: 2",
        b"Content-Length: +2",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked",
        b"Content-Length : 2",
        b"Content-Length: 2\r\n folded",
        b"Content-Length: 2\r\nno colon",
    ],
)
def test_framing_that_is_not_clear_is_refused(dialled: socket.socket, odd: bytes) -> None:
    dialled.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + odd + b"\r\n\r\n{}")
    assert dialled.makefile("rb").read().startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))


def test_a_chunked_body_is_read(dialled: socket.socket, account: str) -> None:
    head, body = _raw("ListQueues", account).split(b"\r\n\r\n")
    head = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head)
    dialled.sendall(head + b"\r\n\r\n" + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
    assert dialled.recv(65_536).startswith(b"HTTP/1.1 200")


def test_expect_100_continue_is_served(dialled: socket.socket, account: str) -> None:
    head, body = _raw("ListQueues", account).split(b"\r\n\r\n")
    dialled.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
    dialled.sendall(body)
    dialled.settimeout(10)
    answer = b""
    while b"200 OK" not in answer:
        piece = dialled.recv(65_536)
        assert piece
        answer += piece


def test_a_body_beyond_the_limit_gets_an_error_of_aws_shape(
    connection: http.client.HTTPConnection, live: Live, account: str
) -> None:
    headers, _ = _call("SendMessage", account)
    connection.request("POST", "/", b"x" * (live.world.settings.max_body + 1), headers)
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["__type"].endswith("#RequestEntityTooLarge")


def test_head_has_no_body(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", "/_decaf/health")
    assert connection.getresponse().read() == b""


def test_what_is_not_http_gets_400(dialled: socket.socket) -> None:
    dialled.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert dialled.makefile("rb").read().startswith(b"HTTP/1.")


def test_a_long_poll_whose_client_hangs_up_takes_no_message(sqs: Any, account: str, live: Live, endpoint: str) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    where = urlsplit(endpoint)
    queue = live.world.store.find_queue(account, "us-east-1", "orders")
    assert queue is not None
    with socket.create_connection((where.hostname, where.port)) as poller:
        poller.sendall(_raw("ReceiveMessage", account, QueueUrl=url, WaitTimeSeconds=20))
        _until(lambda: live.call(len, queue.waiters) == 1)
    _until(lambda: live.call(len, queue.waiters) == 0)
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    received = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert received["Messages"][0]["Attributes"] == {"ApproximateReceiveCount": "1"}


def test_a_long_poll_gets_what_is_sent_while_it_waits(sqs: Any, poller: Any, live: Live, account: str) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    received: list[Any] = []
    thread = threading.Thread(target=lambda: received.append(poller.receive_message(QueueUrl=url, WaitTimeSeconds=20)))
    thread.start()
    _wait_for_polls(live, account, 1)
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    thread.join(10)
    assert received[0]["Messages"][0]["Body"] == "latte"


def test_deleting_a_queue_frees_its_polls(sqs: Any, poller: Any, live: Live, account: str) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    refused: list[Any] = []

    def poll() -> None:
        with pytest.raises(poller.exceptions.QueueDoesNotExist) as raised:
            poller.receive_message(QueueUrl=url, WaitTimeSeconds=20)
        refused.append(raised.value)

    thread = threading.Thread(target=poll)
    thread.start()
    _wait_for_polls(live, account, 1)
    sqs.delete_queue(QueueUrl=url)
    thread.join(10)
    assert len(refused) == 1


def test_a_poll_that_finds_nothing_ends_when_its_time_is_over(sqs: Any, poller: Any, live: Live, account: str) -> None:
    url = sqs.create_queue(QueueName="orders", Attributes={"ReceiveMessageWaitTimeSeconds": "20"})["QueueUrl"]
    received: list[Any] = []
    thread = threading.Thread(target=lambda: received.append(poller.receive_message(QueueUrl=url)))
    thread.start()
    _wait_for_polls(live, account, 1)
    live.advance(20)
    thread.join(10)
    assert "Messages" not in received[0]
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)


def _wait_for_polls(live: Live, account: str, count: int) -> None:
    queue = live.world.store.find_queue(account, "us-east-1", "orders")
    assert queue is not None
    _until(lambda: live.call(len, queue.waiters) == count)


def _until(condition: Callable[[], bool]) -> None:
    """Ask the server again until it has seen what the network is still carrying."""
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, "it never happened"


def test_stopping_answers_parked_polls() -> None:
    live = Live(Settings(port=0))
    sqs = live.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    received: list[Any] = []
    thread = threading.Thread(target=lambda: received.append(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)))
    thread.start()
    _wait_for_polls(live, "000000000000", 1)
    live.stop()
    thread.join(10)
    sqs.close()
    assert "Messages" not in received[0]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_process_names_its_port_and_ends_by_a_signal(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "decaf", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.request("GET", "/_decaf/health")
        assert json.loads(connection.getresponse().read())["status"] == "ready"
        process.send_signal(how)
        assert process.wait(10) == 0
        connection.close()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DECAF_")}


def _breaks(_: Request, peer: str | None) -> Reply:
    raise RuntimeError("out of milk")


async def _breaks_later(_: Request, peer: str | None) -> Reply:
    raise RuntimeError("out of milk")


def _breaks_in_the_middle(_: Request, peer: str | None) -> Stream:
    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"one"
        raise RuntimeError("out of milk")

    return Stream((), chunks())


def _ask_broken(edge: Literal["fast", "plain"], answer: Any) -> tuple[int, bytes]:
    """The status and body of a response of a server with a handler that breaks."""

    def ask(url: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.request("POST", "/broken/machine?key=secret", b"{}")
        response = connection.getresponse()
        try:
            return response.status, response.read()
        finally:
            connection.close()

    async def play() -> tuple[int, bytes]:
        settings = Settings(port=0, edge=edge)
        broken = PathHandler(("/broken",), answer, lambda _: 100, lambda _, limit: Reply(413, (), b""))
        server = Server(settings, site_of(Handling(World(settings)), Guard(settings), (broken,)))
        await server.start()
        try:
            return await asyncio.to_thread(ask, server.url)
        finally:
            await server.stop()

    return asyncio.run(play())


@pytest.mark.parametrize("edge", ["fast", "plain"])
@pytest.mark.parametrize("answer", [_breaks, _breaks_later])
def test_an_internal_error_of_a_handler_is_logged_and_answered(
    edge: Literal["fast", "plain"], answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    status, body = _ask_broken(edge, answer)
    what = "internal error in POST /broken/machine"
    assert (status, json.loads(body)) == (500, {"error": f"{what}; the server's log has more"})
    (record,) = caplog.records
    assert (record.name, record.levelname, record.getMessage()) == ("decaf", "ERROR", what)
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "out of milk"


@pytest.mark.parametrize("edge", ["fast", "plain"])
def test_a_stream_with_an_internal_error_is_logged_and_broken_off(
    edge: Literal["fast", "plain"], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(http.client.IncompleteRead) as broken:
        _ask_broken(edge, _breaks_in_the_middle)
    assert broken.value.partial == b"one"
    assert [record.getMessage() for record in caplog.records] == ["internal error in POST /broken/machine"]
