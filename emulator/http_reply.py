"""A reply as the bytes of an HTTP/1.1 response, in one buffer."""

from __future__ import annotations

from http import HTTPStatus

from emulator import __version__
from protocol import Reply

_STATUS_LINES = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\nServer: Decaf/{__version__}\r\n" for s in HTTPStatus}


def render(reply: Reply) -> bytes:
    """The response to a client that keeps its connection."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in reply.headers])
    return f"{_STATUS_LINES[reply.status]}{lines}Content-Length: {len(reply.body)}\r\n\r\n".encode() + reply.body
