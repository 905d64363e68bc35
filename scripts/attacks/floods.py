"""Floods: clients that do not read, that send far ahead, and that fill the memory."""

from __future__ import annotations

import json
import select
import socket
from contextlib import ExitStack

from scripts.attacks.attack import Ping, Scale, check, check_memory, peak_memory
from tests.decaf.http.wire import answers, call, dial, rest
from tests.durable.calls import Calls, Refusal

_ACCOUNT = "000000000000"
_LARGE = "x" * 1_000_000
_BEHIND = 100_000_000  # bytes that are sent behind a parked poll


def deaf(scale: Scale) -> str:
    """Clients that ask for much and read nothing."""
    crowd, asked = scale.count(20, 100), 60
    with scale.server("--idle-timeout", "60") as server, ExitStack() as opened:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            calls.sqs("SendMessage", QueueUrl="orders", MessageBody=_LARGE)
            received = calls.sqs("ReceiveMessage", QueueUrl="orders", VisibilityTimeout=0)
            check(len(received["Messages"]) == 1, "the message is not there")
        before = peak_memory(server)
        written = call("ReceiveMessage", _ACCOUNT, QueueUrl="orders", VisibilityTimeout=0) * asked
        with Ping(server) as ping:
            for _ in range(crowd):
                _push(opened.enter_context(dial(server.url)), written)
            _settle(ping)
        grown = check_memory(server, before, 10 * crowd)
    return f"{crowd} clients asked {asked} times for 1 MB each; {grown}; {ping.held()}"


def ahead(scale: Scale) -> str:
    """Calls sent far ahead of their answers, and behind a parked poll."""
    count = scale.count(3_000, 15_000)
    with scale.server() as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            calls.sqs("CreateQueue", QueueName="empty")
        before = peak_memory(server)
        poll = call("ReceiveMessage", _ACCOUNT, QueueUrl="empty", WaitTimeSeconds=20)
        send = [call("SendMessage", _ACCOUNT, QueueUrl="orders", MessageBody=str(number)) for number in range(count)]
        with Ping(server) as ping, dial(server.url) as parked, dial(server.url) as connection:
            stream = b"".join(send)
            _push(parked, poll + stream * (_BEHIND // len(stream)))
            received = _exchange(connection, stream)
        answered = answers(received)
        check([one.status for one in answered] == [200] * count, f"{len(answered)} of {count} calls are answered")
        ids = [json.loads(one.body)["MessageId"] for one in answered]
        check(len(set(ids)) == count, "a message has been sent twice")
        grown = check_memory(server, before, 50 + count // 500)
    return f"{count} calls in one stream are answered in order; {grown}; {ping.held()}"


def memory(scale: Scale) -> str:
    """Messages and notifications without end, where memory_limit is 20 MB."""
    count = scale.count(300, 2_000)
    with scale.server("--memory-limit", "20000000") as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            calls.sns("CreateTopic", Name="news")
            before = peak_memory(server)
            sent = sum(_is_sent(calls) for _ in range(count))
            check(0 < sent <= 20, f"{sent} messages of 1 MB have a place in 20 MB")
            for _ in range(count):
                calls.sns("Publish", TopicArn=f"arn:aws:sns:us-east-1:{_ACCOUNT}:news", Message="x" * 200_000)
        grown = check_memory(server, before, 80 + count // 50)
    return f"{count} messages of 1 MB, of which {sent} were accepted, and {count} notifications of 200 kB; {grown}"


def _is_sent(calls: Calls) -> bool:
    try:
        calls.sqs("SendMessage", QueueUrl="orders", MessageBody=_LARGE)
    except Refusal as refusal:
        check("OverLimit" in str(refusal), f"SendMessage is refused with {refusal}")
        return False
    return True


def _push(connection: socket.socket, written: bytes) -> None:
    """Send as much of this as the server takes, and read nothing."""
    connection.settimeout(0.2)
    try:
        connection.sendall(written)
    except TimeoutError:
        pass
    finally:
        connection.settimeout(20)


def _settle(ping: Ping) -> None:
    """Until the server has answered others for a while."""
    enough = ping.count + 50
    while ping.count < enough and ping.worst < float("inf"):
        select.select([], [], [], 0.05)


def _exchange(connection: socket.socket, written: bytes) -> bytes:
    """All that is answered, read while it is written."""
    connection.setblocking(False)
    received, sent = bytearray(), 0
    while sent < len(written):
        readable, writable, _ = select.select([connection], [connection], [], 20)
        check(bool(readable or writable), "the server neither reads nor answers")
        if readable:
            piece = connection.recv(1 << 20)
            check(bool(piece), "the server closed the connection")
            received += piece
        if writable:
            sent += connection.send(written[sent : sent + (1 << 16)])
    connection.setblocking(True)
    connection.settimeout(20)
    connection.shutdown(socket.SHUT_WR)
    return bytes(received) + rest(connection)
