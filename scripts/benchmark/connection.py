"""A minimal keep-alive HTTP client: it sends prepared bytes, and returns status and body.

Rule: it understands only responses with a Content-Length or in chunks, as the measured servers send them. It reconnects
when a server closes the connection, as moto's does after some responses.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_LAST_CHUNK = b"0\r\n\r\n"
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


class WrongAnswer(Exception):
    """The response of a server was wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class Connection:
    """One connection, one request at a time. With `split`, headers and body go out in two segments, as boto3's do."""

    def __init__(self, url: str, split: bool = False) -> None:
        target = urlsplit(url)
        self._host, self._port = target.hostname or "127.0.0.1", target.port or 80
        self._split = split
        self._wire: _Wire | None = None

    async def ask(self, request: tuple[bytes, bytes]) -> Answer:
        """Send head and body, and return the response. Raises ConnectionError or WrongAnswer."""
        if self._wire is None or self._wire.closed:
            _, self._wire = await asyncio.get_running_loop().create_connection(_Wire, self._host, self._port)
        head, body = request
        answer = self._wire.expect()
        if self._split:
            self._wire.transport.write(head)
            self._wire.transport.write(body)
        else:
            self._wire.transport.write(head + body)
        return await answer

    def close(self) -> None:
        if self._wire is not None:
            self._wire.transport.close()


@contextmanager
def connections(url: str, count: int, split: bool = False) -> Iterator[list[Connection]]:
    """Open `count` connections to one server; they are closed in the end."""
    opened = [Connection(url, split) for _ in range(count)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.close()


class _Wire(asyncio.Protocol):
    def __init__(self) -> None:
        self.closed = False
        self._received = b""
        self._awaited: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's has another base class

    def expect(self) -> asyncio.Future[Answer]:
        self._awaited = asyncio.get_running_loop().create_future()
        return self._awaited

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self._awaited is None:
            return
        head = self._received[: end + 2]
        body = self._received[end + 4 :]
        if (length := _LENGTH.search(head)) is not None:
            if len(body) < int(length[1]):
                return
        elif _CHUNKED.search(head):
            if not body.endswith(_LAST_CHUNK):
                return
            body = _joined(body)
        else:
            self._fail(WrongAnswer(f"no Content-Length in {head!r}"))
            return
        answer = Answer(int(head[9:12]), body)
        self._received = b""
        if _CLOSE.search(head):
            self.closed = True
            self.transport.close()
        awaited, self._awaited = self._awaited, None
        if not awaited.done():
            awaited.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._fail(exc or ConnectionResetError("the server closed the connection"))

    def _fail(self, error: Exception) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_exception(error)


def _joined(chunks: bytes) -> bytes:
    """Return the body that was sent in these chunks."""
    parts: list[bytes] = []
    start = 0
    while True:
        line = chunks.index(b"\r\n", start)
        size = int(chunks[start:line].partition(b";")[0], 16)
        if not size:
            return b"".join(parts)
        parts.append(chunks[line + 2 : line + 2 + size])
        start = line + 2 + size + 2
