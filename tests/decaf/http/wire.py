"""HTTP as bytes on a socket: calls as their bytes, connections to write any bytes to, and what comes back."""

from __future__ import annotations

import json
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 20.0  # seconds; whatever is not answered or closed by then hangs

_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)


def head(operation: str, account: str, *lines: str, region: str = "us-east-1") -> bytes:
    """A call's head with these `lines` at its end; what frames its body must be among them."""
    scope = f"{account}/20260101/{region}/sqs/aws4_request"
    usual = (
        "POST / HTTP/1.1",
        "Host: localhost",
        f"X-Amz-Target: AmazonSQS.{operation}",
        "Content-Type: application/x-amz-json-1.0",
        f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
    )
    return "\r\n".join([*usual, *lines, "", ""]).encode()


def call(operation: str, account: str, *lines: str, region: str = "us-east-1", **params: Any) -> bytes:
    """The bytes of a call."""
    body = json.dumps(params).encode()
    return head(operation, account, *lines, f"Content-Length: {len(body)}", region=region) + body


def dial(url: str) -> socket.socket:
    """A connection to the server at `url`, on which bytes leave as they are written."""
    where = urlsplit(url)
    opened = socket.create_connection((where.hostname, where.port), timeout=PATIENCE)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def rest(connection: socket.socket) -> bytes:
    """All that still comes until the server closes. Raises TimeoutError if it does not."""
    received = bytearray()
    with suppress(ConnectionError):
        while piece := connection.recv(65_536):
            received += piece
    return bytes(received)


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    status: int
    body: bytes


def answer(connection: socket.socket) -> Answer | None:
    """The next response; None when the server closes instead. Raises TimeoutError when neither happens."""
    received = b""
    with suppress(ConnectionError):
        while True:
            found = answers(received)
            if found:
                assert len(found) == 1
                return found[0]
            piece = connection.recv(65_536)
            if not piece:
                break
            received += piece
    return None


def answers(received: bytes) -> list[Answer]:
    """The whole responses that these bytes start with; what only announces one (status 100) is none."""
    found = []
    while (end := received.find(b"\r\n\r\n")) >= 0:
        top = received[: end + 2]
        status = int(top[9:12])
        length = _LENGTH.search(top)
        stop = end + 4 + (int(length.group(1)) if length else 0)
        if not b"HTTP/".startswith(received[stop : stop + 5]):  # whose version is the request's, be it 0.9
            stop = end + 4  # of a HEAD, which has the length and not the body
        if stop > len(received):
            break
        if status != 100:
            found.append(Answer(status, received[end + 4 : stop]))
        received = received[stop:]
    return found
