"""Connections have limits in number and time; a client that idles, is slow or does not read holds up no other."""

from __future__ import annotations

import http.client
import json
import resource
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from decaf.base.file_limit import most_connections, raise_limit
from decaf.base.settings import Settings
from tests.decaf.http.wire import answer, call, dial, head, rest
from tests.live import Live

SHORT = 0.1  # seconds
CROWD = 2_200
TINY = 64  # files that a process may have open

EDGES = pytest.mark.parametrize("edge", ["fast", "plain"])


@contextmanager
def served(**settings: Any) -> Iterator[Live]:
    with Live(Settings(port=0, **settings)) as server:
        yield server


def _served_briefly(edge: str) -> AbstractContextManager[Live]:
    return served(edge=edge, idle_timeout=SHORT, request_timeout=SHORT)


@EDGES
def test_an_idle_connection_is_closed_in_time(edge: str, account: str) -> None:
    with served(edge=edge, idle_timeout=SHORT) as server, dial(server.url) as silent, dial(server.url) as used:
        used.sendall(call("ListQueues", account))
        assert rest(used).endswith(b"{}")
        assert rest(silent) == b""


@EDGES
@pytest.mark.parametrize(
    "begun",
    [b"POST / HT", b"POST / HTTP/1.1\r\nHost: localhost\r\n", head("ListQueues", "0", "Content-Length: 9") + b"{"],
    ids=["in the first line", "in the headers", "in the body"],
)
def test_an_unfinished_request_gets_408_and_is_closed(edge: str, begun: bytes) -> None:
    with served(edge=edge, request_timeout=SHORT) as server, dial(server.url) as slow:
        slow.sendall(begun)
        assert rest(slow).startswith(b"HTTP/1.1 408 ")


@EDGES
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("application/x-amz-json-1.0", b'#RequestTimeoutException"'),
        ("application/x-www-form-urlencoded", b"<Code>RequestTimeoutException</Code>"),
    ],
)
def test_a_slow_body_is_refused_in_the_protocol_of_its_request(edge: str, kind: str, said: bytes) -> None:
    begun = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: 9\r\n"
    target = "X-Amz-Target: AmazonSQS.ListQueues\r\n" if "json" in kind else ""
    with served(edge=edge, request_timeout=SHORT) as server, dial(server.url) as slow:
        slow.sendall(f"{begun}{target}\r\nA".encode())
        assert said in rest(slow)


def test_a_connection_that_is_handed_over_to_aiohttp_is_not_counted_twice(account: str) -> None:
    with served(max_connections=1) as server, dial(server.url) as only:
        for sent in (
            call("ListQueues", account),
            head("ListQueues", account, "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        ):
            only.sendall(sent)
            answered = answer(only)
            assert answered is not None
            assert answered.status == 200


@EDGES
def test_a_byte_now_and_then_gains_no_time(edge: str) -> None:
    with served(edge=edge, request_timeout=SHORT, max_body=1 << 30) as server, dial(server.url) as slow:
        slow.sendall(head("ListQueues", "0", f"Content-Length: {1 << 29}"))
        with suppress(ConnectionError):
            while not select.select([slow], [], [], 0)[0]:
                slow.send(b" ")
        said = rest(slow)  # what was sent meanwhile may take the answer with it
        assert not said or said.startswith(b"HTTP/1.1 408 ")


@EDGES
def test_a_chunked_body_has_no_more_time(edge: str) -> None:
    with served(edge=edge, request_timeout=SHORT) as server, dial(server.url) as slow:
        slow.sendall(head("ListQueues", "0", "Transfer-Encoding: chunked") + b"1\r\n{\r\n")
        assert rest(slow).startswith(b"HTTP/1.1 408 ")


@EDGES
def test_a_long_poll_is_neither_idle_nor_slow(edge: str, account: str) -> None:
    with _served_briefly(edge) as server:
        with closing(server.client("sqs", account)) as sqs:
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        with dial(server.url) as poller:
            poller.sendall(call("ReceiveMessage", account, QueueUrl=url, WaitTimeSeconds=20))
            server.until_somebody_waits(account, "orders")
            with dial(server.url) as idle:
                idle.sendall(call("ListQueues", account))
                assert rest(idle)  # it was there, and is gone
            with dial(server.url) as sender:
                sender.sendall(call("SendMessage", account, QueueUrl=url, MessageBody="latte"))
                assert b"latte" in rest(poller)


@EDGES
def test_who_does_not_read_is_hung_up_on(edge: str, account: str) -> None:
    with _served_briefly(edge) as server, closing(server.client("sqs", account)) as sqs:
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1_000_000)
        receive = call("ReceiveMessage", account, QueueUrl=url, VisibilityTimeout=0)
        with dial(server.url) as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            with pytest.raises(ConnectionError):
                _send_for_ever(deaf, receive)
        assert sqs.list_queues()["QueueUrls"] == [url]


def _send_for_ever(connection: socket.socket, request: bytes) -> None:
    while True:
        connection.sendall(request)


@EDGES
def test_the_longest_idle_makes_room(edge: str, account: str) -> None:
    with served(edge=edge, max_connections=3) as server, ExitStack() as opened:
        first, second, third = (opened.enter_context(dial(server.url)) for _ in range(3))
        for connection in (second, third, first):
            connection.sendall(call("ListQueues", account))
            assert answer(connection) is not None
        fourth = opened.enter_context(dial(server.url))
        assert rest(second) == b""
        for connection in (third, first, fourth):
            connection.sendall(call("ListQueues", account))
            assert answer(connection) is not None


@EDGES
def test_when_none_idles_who_comes_is_answered_503(edge: str, account: str) -> None:
    with served(edge=edge, max_connections=3) as server, ExitStack() as opened:
        keeper = opened.enter_context(dial(server.url))
        keeper.sendall(call("CreateQueue", account, QueueName="orders"))
        created = answer(keeper)
        assert created is not None
        url = json.loads(created.body)["QueueUrl"]
        for number in range(3):
            poller = keeper if number == 2 else opened.enter_context(dial(server.url))
            poller.sendall(call("ReceiveMessage", account, QueueUrl=url, WaitTimeSeconds=20))
            server.call(lambda: None)
        _until_polled(server, account, 3)
        with dial(server.url) as refused, dial(server.url) as silent:
            refused.sendall(call("ListQueues", account))
            assert rest(refused).startswith(b"HTTP/1.1 503 ")
            assert rest(silent).startswith(b"HTTP/1.1 503 ")
        server.advance(20)
        assert answer(keeper) is not None
        with dial(server.url) as admitted:
            admitted.sendall(call("ListQueues", account))
            assert answer(admitted) is not None


@EDGES
def test_more_polls_than_there_are_connections_are_answered_503_and_not_reset(edge: str, account: str) -> None:
    with (
        served(edge=edge, max_connections=30) as server,
        closing(server.client("sqs", account)) as sqs,
        ExitStack() as opened,
    ):
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        poll = call("ReceiveMessage", account, "X: " + 9_000 * "x", QueueUrl=url, WaitTimeSeconds=20)
        sqs.close()
        for polls in range(1, 31):
            opened.enter_context(dial(server.url)).sendall(poll)
            _until_polled(server, account, polls)
        others = [opened.enter_context(dial(server.url)) for _ in range(30)]
        for other in others:
            other.sendall(poll)
        assert [one and one.status for one in map(answer, others)] == [503] * 30


def _until_polled(server: Live, account: str, polls: int) -> None:
    queue = server.world.store.find_queue(account, "us-east-1", "orders")
    assert queue is not None
    while server.call(len, queue.waiters) < polls:
        pass


@EDGES
def test_a_crowd_of_idle_and_half_open_connections_keeps_nobody_waiting(edge: str, account: str) -> None:
    raise_limit(3 * CROWD)
    crowd = int(min(CROWD, most_connections() // 3))  # both ends of each connection are files of this process
    with (
        served(edge=edge, max_connections=crowd + 100) as server,
        closing(server.client("sqs", account)) as sqs,
        ExitStack() as opened,
    ):
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        for number in range(crowd):
            connection = opened.enter_context(dial(server.url))
            if number % 3 == 1:
                connection.sendall(b"POST / HTTP/1.1\r\nHost: local")
            elif number % 3 == 2:
                connection.sendall(head("ListQueues", account, "Content-Length: 10") + b"{")
            if number % 20 == 0:
                sqs.send_message(QueueUrl=url, MessageBody=str(number))
                (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
                assert message["Body"] == str(number)
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


SERVE = "from decaf.cli import main; main()"


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_process_that_may_open_few_files_serves_on(loop: str, account: str) -> None:
    code = SERVE if loop == "uvloop" else f"import sys; sys.modules['uvloop'] = None; {SERVE}"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (TINY, TINY)),
    )
    with process, ExitStack() as opened:
        opened.callback(process.kill)
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        for _ in range(3 * TINY):
            opened.enter_context(dial(url))
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
        opened.callback(connection.close)
        connection.request("GET", "/_decaf/health")
        assert json.loads(connection.getresponse().read())["status"] == "ready"
        process.terminate()
        assert process.wait(20) == 0
