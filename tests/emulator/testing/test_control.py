"""Decaf's own calls from Python: what each does at a server, and what is raised when it cannot."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from emulator.control.clock import Clock
from emulator.testing import Control, Decaf, NoServer, Refused


@pytest.fixture
def decaf() -> Iterator[Decaf]:
    """A server of the test's own: its clock is moved, and it is reset."""
    with Decaf() as started:
        yield started


@pytest.fixture
def control(decaf: Decaf) -> Control:
    return decaf.control


def test_the_clock_moves_by_seconds_and_to_a_time(control: Control) -> None:
    start = control.freeze().now
    assert control.advance(30) == Clock(now=start + 30, frozen=True)
    assert control.advance_to(start + 90).now == start + 90
    assert control.clock().now == start + 90
    assert not control.thaw().frozen


def test_the_clock_moves_to_the_next_thing_due(decaf: Decaf, control: Control) -> None:
    sqs = decaf.client("sqs")
    start = control.freeze().now
    url = sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "7"})["QueueUrl"]
    assert control.next().due is None
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    moved = control.next()
    assert (moved.now, moved.due) == (start + 7, "a message of arn:aws:sqs:us-east-1:000000000000:orders")
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_what_is_refused_says_why(control: Control) -> None:
    with pytest.raises(Refused, match="only moves forward") as refused:
        control.advance(-1)
    assert refused.value.status == 400


def test_the_inbox_has_what_phones_got(decaf: Decaf, control: Control) -> None:
    decaf.client("sns").publish(PhoneNumber="+4915112345678", Message="your latte is ready")
    assert [delivery.body for delivery in control.inbox(recipient="+4915112345678")] == ["your latte is ready"]
    assert control.inbox(protocol="email") == []
    control.clear_inbox()
    assert control.inbox() == []


def test_a_reset_forgets_one_account_or_all(decaf: Decaf, control: Control) -> None:
    clients = [decaf.client("sqs", account) for account in ("111111111111", "222222222222")]

    def queues() -> list[int]:
        return [len(client.list_queues().get("QueueUrls", ())) for client in clients]

    for client in clients:
        client.create_queue(QueueName="orders")
    control.reset("111111111111")
    assert queues() == [0, 1]
    control.reset()
    assert queues() == [0, 0]


def test_no_server_is_said_so(decaf: Decaf, control: Control) -> None:
    assert control.answers()
    decaf.stop()
    assert not control.answers()
    with pytest.raises(NoServer, match=decaf.url):
        control.clock()


class _Other(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"no")

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""


def test_another_server_is_not_taken_for_decaf() -> None:
    with HTTPServer(("127.0.0.1", 0), _Other) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        control = Control(f"http://127.0.0.1:{other.server_port}")
        assert not control.answers()
        with pytest.raises(NoServer, match="is not Decaf"):
            control.clock()
        other.shutdown()
        thread.join()
