"""Responses as HTTP: a reply as bytes in one buffer, or a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from http import HTTPStatus

from decaf import __version__
from decaf_protocol import Reply

_STATUS_LINES = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\nServer: Decaf/{__version__}\r\n" for s in HTTPStatus}


def render(reply: Reply) -> bytes:
    """Returns the bytes of a response on a connection that stays open."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in reply.headers])
    return f"{_STATUS_LINES[reply.status]}{lines}Content-Length: {len(reply.body)}\r\n\r\n".encode() + reply.body


def final_response(status: int, text: str) -> bytes:
    """Returns the bytes of a response that ends its connection, with one line of text for people."""
    headers = (("Content-Type", "text/plain"), ("Connection", "close"))
    return render(Reply(status, headers, f"{text}\n".encode()))


@dataclass(frozen=True, slots=True)
class Stream:
    """A response that has no end yet: each chunk is sent as it comes. `chunks` is closed with the connection."""

    headers: tuple[tuple[str, str], ...]
    chunks: AsyncGenerator[bytes, None]
