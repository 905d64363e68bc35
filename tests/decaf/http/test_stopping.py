"""A server that gets a signal to stop finishes its work in bounded time; after a second signal it ends at once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from decaf.base.events import Event, NotificationDelivered
from decaf.base.settings import Settings
from tests.decaf.http.wire import Answer, answer, answers, call, dial, rest
from tests.live import Live

ACCOUNT = "000000000000"
SIGNALS = pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])


@contextmanager
def process(*flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process and where it listens."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DECAF_")}
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as started:
        try:
            assert started.stdout is not None
            yield started, started.stdout.readline().split()[-1]
        finally:
            started.kill()


@contextmanager
def parked(url: str) -> Iterator[socket.socket]:
    """A connection whose long poll is parked: the server has seen it, since it has answered what came before it."""
    with dial(url) as connection:
        connection.sendall(call("CreateQueue", ACCOUNT, QueueName="orders"))
        created = answer(connection)
        assert created is not None
        queue = json.loads(created.body)["QueueUrl"]
        poll = call("ReceiveMessage", ACCOUNT, QueueUrl=queue, WaitTimeSeconds=20)
        connection.sendall(call("ListQueues", ACCOUNT) + poll)
        assert answer(connection) is not None
        yield connection


@contextmanager
def delivery(url: str) -> Iterator[socket.socket]:
    """The connection of a delivery under way, to an endpoint that has not answered yet."""
    with socket.create_server(("127.0.0.1", 0)) as endpoint, dial(url) as connection:
        endpoint.settimeout(20)
        target = f"http://127.0.0.1:{endpoint.getsockname()[1]}/"
        connection.sendall(_form("Action=CreateTopic&Name=menu"))
        assert answer(connection) is not None
        arn = f"arn:aws:sns:us-east-1:{ACCOUNT}:menu"
        connection.sendall(_form(f"Action=Subscribe&TopicArn={arn}&Protocol=http&Endpoint={target}"))
        subscribed = answer(connection)
        assert subscribed is not None
        assert subscribed.status == 200
        delivering, _ = endpoint.accept()
        with delivering:
            yield delivering


def _form(body: str) -> bytes:
    credential = f"Credential={ACCOUNT}/20260101/us-east-1/sns/aws4_request"
    lines = (
        "POST / HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/x-www-form-urlencoded",
        f"Authorization: AWS4-HMAC-SHA256 {credential}, Signature=0",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*lines, "", body]).encode()


@SIGNALS
def test_parked_polls_are_answered_and_the_process_ends_well(how: signal.Signals) -> None:
    with process() as (server, url), parked(url) as poller, dial(url) as idle:
        server.send_signal(how)
        assert answers(rest(poller)) == [Answer(200, b"{}")]
        assert rest(idle) == b""
        assert server.wait(20) == 0


@pytest.mark.parametrize("edge", ["fast", "plain"])
def test_a_call_that_is_half_sent_is_answered(edge: str) -> None:
    request = call("ListQueues", ACCOUNT, QueueNamePrefix="x" * 80)
    with (
        process("--edge", edge) as (server, url),
        dial(url) as in_the_head,
        dial(url) as in_the_body,
        parked(url) as poller,
    ):
        in_the_head.sendall(request[:50])
        in_the_body.sendall(request[:-50])
        with parked(url):  # later than what was sent above
            server.terminate()
            assert len(answers(rest(poller))) == 1
            in_the_head.sendall(request[50:])
            in_the_body.sendall(request[-50:])
            assert answers(rest(in_the_head)) == [Answer(200, b"{}")]
            assert answers(rest(in_the_body)) == [Answer(200, b"{}")]
        assert server.wait(20) == 0


def test_a_delivery_under_way_is_finished() -> None:
    delivered: list[Event] = []

    def tell(event: Event) -> None:
        if isinstance(event, NotificationDelivered):
            delivered.append(event)

    server = Live(Settings(port=0, shutdown_grace=20))
    server.world.events.listeners.append(tell)
    with delivery(server.url) as delivering, parked(server.url) as poller:
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert len(answers(rest(poller))) == 1
        delivering.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        stopping.join(20)
    assert len(delivered) == 1


def test_a_delivery_that_does_not_end_is_dropped() -> None:
    with process("--shutdown-grace", "0.1") as (server, url), delivery(url):
        server.terminate()
        assert server.wait(20) == 0


def test_a_call_that_does_not_end_is_dropped() -> None:
    with process("--shutdown-grace", "0.1") as (server, url), dial(url) as half, parked(url):
        half.sendall(call("ListQueues", ACCOUNT)[:-1])
        server.terminate()
        assert server.wait(20) == 0
        assert rest(half) == b""


@SIGNALS
def test_a_second_signal_ends_it_at_once(how: signal.Signals) -> None:
    with process("--shutdown-grace", "600") as (server, url), delivery(url), parked(url) as poller:
        server.send_signal(how)
        assert len(answers(rest(poller))) == 1
        server.send_signal(how)
        assert server.wait(20) == -how


def test_nobody_is_let_in_any_more() -> None:
    with process("--shutdown-grace", "600") as (server, url), delivery(url), parked(url) as poller:
        server.terminate()
        assert len(answers(rest(poller))) == 1
        with pytest.raises(ConnectionRefusedError), closing(dial(url)):
            pass
