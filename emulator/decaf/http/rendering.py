"""Responses as HTTP: a reply as bytes in one buffer, or a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from http import HTTPStatus

import msgspec

from decaf import __version__
from decaf.base.clock import http_date
from decaf_protocol import Reply

SERVER = f"Decaf/{__version__}"

_STATUS_LINES = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\nServer: {SERVER}\r\nDate: " for s in HTTPStatus}


def render(reply: Reply) -> bytes:
    """Returns the bytes of a response on a connection that stays open."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in reply.headers])
    head = f"{_STATUS_LINES[reply.status]}{http_date()}\r\n{lines}Content-Length: {len(reply.body)}\r\n\r\n"
    return head.encode() + reply.body


def render_last(reply: Reply) -> bytes:
    """Returns the bytes of a response that ends its connection."""
    return render(Reply(reply.status, (*reply.headers, ("Connection", "close")), reply.body))


class Stream(msgspec.Struct, frozen=True):
    """A response that has no end yet: each chunk is sent as it comes. `chunks` is closed with the connection."""

    headers: tuple[tuple[str, str], ...]
    chunks: AsyncGenerator[bytes, None]
