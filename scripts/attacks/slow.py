"""Slow and huge requests, with another client's pings beside them."""

from __future__ import annotations

import itertools
import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlencode

from scripts.attacks.attack import Ping, Scale, check
from tests.conformance.test_hostile import BIG_FORMS, BIG_JSON
from tests.decaf.http.alike import exchange
from tests.decaf.http.wire import answers, call, dial, head
from tests.durable.calls import Calls
from tests.durable.process import Process

_ACCOUNT = "000000000000"
_TIMEOUT = 2  # seconds, the request_timeout of the server


def trickle(scale: Scale) -> str:
    """Requests that never end, a byte now and then."""
    crowd = scale.count(200, 2_000)
    begun = itertools.cycle((b"", b"P", b"POST / HTTP/1.1\r\nX: ", head("ListQueues", _ACCOUNT, "Content-Length: 99")))
    times = "--request-timeout", str(_TIMEOUT), "--idle-timeout", str(_TIMEOUT)
    with scale.server(*times) as server, ExitStack() as opened, Ping(server) as ping:
        connections = {opened.enter_context(dial(server.url)) for _ in range(crowd)}
        for connection in connections:
            connection.sendall(next(begun))
        for _ in range(60):
            for connection in _readable(connections, 0.2):
                with suppress(ConnectionError):
                    if connection.recv(65_536):
                        continue
                connections.remove(connection)
            for connection in connections:
                with suppress(OSError):
                    connection.send(b"x")
            if not connections:
                break
        check(not connections, f"{len(connections)} of {crowd} slow connections are open after 12 s")
    return f"{crowd} slow connections are closed; {ping.held()}"


def _readable(connections: set[socket.socket], seconds: float) -> list[socket.socket]:
    poll = select.poll()
    by_number = {connection.fileno(): connection for connection in connections}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(seconds * 1000)]


def huge(scale: Scale) -> str:
    """Requests that are long, deep or wide."""
    with scale.server("--request-timeout", "5") as server:
        _make(server)
        with Ping(server) as ping:
            whole, endless = list(_huge()), list(_endless())
            for each in (*whole, *endless):
                answered = answers(exchange(server.url, each))
                check(all(one.status < 500 for one in answered), f"{each[:200]!r} is answered {answered}")
                # who is still sending when the server closes may not get to see its answer
                check(len(answered) == 1 or each in endless, f"not answered once: {each[:200]!r}")
    return f"{len(whole)} huge requests are answered, {len(endless)} endless ones closed; {ping.held()}"


def _make(server: Process) -> None:
    with Calls(server.port) as calls:
        calls.sqs("CreateQueue", QueueName="q")
        calls.sns("CreateTopic", Name="t")


def _huge() -> Iterator[bytes]:
    for text in BIG_JSON.values():
        yield head("ReceiveMessage", _ACCOUNT, f"Content-Length: {len(text)}", "Connection: close") + text
    for text in (*BIG_FORMS.values(), *_policies()):
        yield _form(text)
    lines = [b"X-%d: %s" % (number, b"x" * 1_000) for number in range(2_000)]
    yield b"\r\n".join([b"POST / HTTP/1.1", b"Host: localhost", *lines, b"", b""])


def _endless() -> Iterator[bytes]:
    yield head("ListQueues", _ACCOUNT, "Content-Length: 99999999999") + b"{}"
    yield b"POST /" + b"a" * 6_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    yield head("ListQueues", _ACCOUNT, "Transfer-Encoding: chunked") + chunk * 200
    yield head("ListQueues", _ACCOUNT, "Content-Length: 13000000") + b"x" * 13_000_000


def _form(text: bytes) -> bytes:
    lines = (
        b"POST / HTTP/1.1",
        b"Host: localhost",
        b"Content-Type: application/x-www-form-urlencoded",
        b"Authorization: AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/sns/aws4_request, Signature=0"
        % _ACCOUNT.encode(),
        b"Content-Length: %d" % len(text),
        b"Connection: close",
    )
    return b"\r\n".join([*lines, b"", text])


def _policies() -> Iterator[bytes]:
    """Filter policies that cost a matcher dearly if it tries everything, and messages for them."""
    wild = json.dumps({"a": [{"wildcard": "*a" * 100 + "*b"}, {"prefix": "a" * 1_000}]})
    deep = '{"a":' * 5_000 + '["x"]' + "}" * 5_000
    wide = json.dumps({name: [str(n) for n in range(200)] for name in "abcde"})
    for number, policy in enumerate((wild, deep, wide)):
        pairs = {
            "Action": "Subscribe",
            "Version": "2010-03-31",
            "TopicArn": f"arn:aws:sns:us-east-1:{_ACCOUNT}:t",
            "Protocol": "email",
            "Endpoint": f"a{number}@example.com",
            "Attributes.entry.1.key": "FilterPolicy",
            "Attributes.entry.1.value": policy,
        }
        yield _query(pairs)
    value = {"DataType": "String", "StringValue": "a" * 100_000}
    members = {f"MessageAttributes.entry.1.Value.{name}": text for name, text in value.items()}
    publish = {"Action": "Publish", "Version": "2010-03-31", "Message": "x", "MessageAttributes.entry.1.Name": "a"}
    yield _query(publish | members | {"TopicArn": f"arn:aws:sns:us-east-1:{_ACCOUNT}:t"})


def _query(pairs: dict[str, str]) -> bytes:
    return urlencode(pairs).encode()


def crowd(scale: Scale) -> str:
    """Connections that are broken off in the middle of everything."""
    written = [call("ListQueues", _ACCOUNT), call("ReceiveMessage", _ACCOUNT, QueueUrl="q", WaitTimeSeconds=20)]
    count = scale.count(1_000, 20_000)
    chance = scale.chance()
    with scale.server() as server:
        _make(server)
        with Ping(server) as ping:
            for _ in range(count):
                with dial(server.url) as connection:
                    whole = chance.choice(written)
                    connection.sendall(whole[: chance.randrange(len(whole) + 1)])
                    if chance.random() < 0.5:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
        with Calls(server.port) as calls:
            calls.sqs("SendMessage", QueueUrl="q", MessageBody="latte")
            received = calls.sqs("ReceiveMessage", QueueUrl="q", WaitTimeSeconds=1).get("Messages", [])
        check(len(received) == 1, "a message was handed to a client that had hung up")
    return f"{count} connections broken off, and no message lost to one; {ping.held()}"
