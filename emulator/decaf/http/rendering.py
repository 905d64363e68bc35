"""What is answered over HTTP: a reply as the bytes of a response, in one buffer, or a stream that goes on."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from http import HTTPStatus

from decaf import __version__
from decaf_protocol import Reply

_STATUS_LINES = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\nServer: Decaf/{__version__}\r\n" for s in HTTPStatus}


def render(reply: Reply) -> bytes:
    """The response to a client that keeps its connection."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in reply.headers])
    return f"{_STATUS_LINES[reply.status]}{lines}Content-Length: {len(reply.body)}\r\n\r\n".encode() + reply.body


def parting(status: int, text: str) -> bytes:
    """The response that is the last of its connection, with no more than a line of text for people."""
    headers = (("Content-Type", "text/plain"), ("Connection", "close"))
    return render(Reply(status, headers, f"{text}\n".encode()))


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that goes on: each chunk is sent as it comes. When the client hangs up, `chunks` is closed."""

    headers: tuple[tuple[str, str], ...]
    chunks: AsyncGenerator[bytes, None]
