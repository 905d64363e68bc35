"""The fast edge: aiohttp's own connection, which answers plain requests itself as their last byte arrives.

Rule: a plain request is a `POST` of HTTP/1.1 with a Content-Length and nothing unusual about it. Every other byte
goes to aiohttp unchanged, and from the first such byte on the whole connection is aiohttp's: so nothing is ever
read twice, out of order, or by two rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from decaf.base.clock import seconds
from decaf.base.half_closed import end_wait
from decaf.base.later import Later
from decaf.faults.calls import Dropped
from decaf.http.connections import Bounds, Connection, Connections, Refuse, origin_of
from decaf.http.head import Names, read_head
from decaf.http.rendering import render
from decaf_protocol import Origin, Reply, Request

Answer = Callable[[Request], Reply | Awaitable[Reply]]

_MAX_HEAD = 64 * 1024  # bytes; aiohttp decides about longer ones
_MAX_UNSENT = 1024 * 1024  # bytes of responses that a client may leave unread before reading from it pauses
_MAX_AHEAD = 1024 * 1024  # bytes that a client may send behind a parked request before reading from it pauses


class Edge(Connections):
    """aiohttp's server, whose connections answer plain requests themselves.

    `answer` answers those; `handler` is aiohttp's, for everything else, and for paths that start with one of
    `prefixes`. `max_body` is in bytes.
    """

    def __init__(
        self,
        answer: Answer,
        handler: Any,
        bounds: Bounds,
        refuse: Refuse,
        max_body: int,
        prefixes: tuple[str, ...],
        **options: Any,
    ) -> None:
        super().__init__(handler, bounds, refuse, **options)
        self.answer = answer
        self.max_body = max_body
        self.prefixes = prefixes
        self.names = Names()

    def __call__(self) -> Connection:
        return FastConnection(self, asyncio.get_running_loop(), self._options)


class FastConnection(Connection):
    """One connection. It is in one of five states: idle, in the middle of a body, waiting for a parked request,
    aiohttp's for good, or closed by us."""

    __slots__ = (
        "_ahead",
        "_aiohttps",
        "_edge",
        "_head",
        "_hung_up",
        "_idle",
        "_missing",
        "_origin",
        "_parked",
        "_parts",
        "_reads",
        "_stopped_reading",
    )

    def __init__(self, edge: Edge, loop: asyncio.AbstractEventLoop, options: Mapping[str, Any]) -> None:
        super().__init__(edge, loop, options)
        self._edge = edge
        self._idle = edge.bounds.idle
        self._aiohttps = False
        self._hung_up = False
        self._reads = True  # the client reads its responses, or there are few that it has not read
        self._stopped_reading = False  # reading is paused, until the client has read or its request is answered
        self._parts: list[bytes] = []  # of a request whose body is not complete
        self._missing = 0  # bytes that are missing of it
        self._head: tuple[str, dict[str, str], int] | None = None  # its target, its headers, where its body starts
        self._parked: asyncio.Task[None] | Later | None = None  # a request that waits
        self._ahead: list[bytes] = []  # bytes that the client sent meanwhile, or when it did not read
        self._origin = Origin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._origin = origin_of(transport)

    def data_received(self, data: bytes) -> None:
        if self._aiohttps:
            super().data_received(data)
        elif self._parked is not None or not self._reads:
            self._store_ahead(data)
        elif self._head is not None:
            self._go_on(data)
        else:
            self._begin(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._hung_up = True
        if isinstance(self._parked, asyncio.Task):
            self._parked.cancel()
        elif self._parked is not None:
            self._parked.hang_up()
        super().connection_lost(exc)

    def _begin(self, data: bytes) -> None:
        """Read the start of a request; `data` may have all of it, several, or the start of something else."""
        while data and not self._hung_up:
            end = data.find(b"\r\n\r\n", 0, _MAX_HEAD)
            read = read_head(data[:end], self._edge.names, self._edge.prefixes) if end >= 0 else None
            if read is None or read[2] > self._edge.max_body:
                return self._hand_to_aiohttp(data)
            target, headers, length = read
            stop = end + 4 + length
            head = target, headers, end + 4
            if stop > len(data):
                self._head, self._missing = head, stop - len(data)
                self._parts.append(data)
                return self.receiving()
            self._answer(*head, data[:stop] if stop < len(data) else data)
            data = data[stop:]
            if data and (self._parked is not None or not self._reads):
                return self._store_ahead(data)
        return None

    def _go_on(self, data: bytes) -> None:
        """Read the next part of a body."""
        self._parts.append(data)
        self._missing -= len(data)
        if self._missing > 0:
            return
        call, head = b"".join(self._parts), self._head
        stop = len(call) + self._missing
        self._parts.clear()
        self._head = None
        assert head is not None
        self._answer(*head, call[:stop])
        if self._edge.stopping and self._parked is None:
            self._finish()
        elif stop < len(call):
            self.data_received(call[stop:])

    def _answer(self, target: str, headers: dict[str, str], start: int, call: bytes) -> None:
        try:
            reply = self._edge.answer(Request("POST", target, headers, call[start:], self._origin))
        except Dropped:
            return self._finish()
        if isinstance(reply, Reply):
            return self._write(reply)
        self.answering()
        if isinstance(reply, Later):
            self._parked = reply
            reply.then(self._answer_parked)
        else:
            self._parked = self._loop.create_task(self._wait_for(reply))
        return None

    async def _wait_for(self, answer: Awaitable[Reply]) -> None:
        try:
            reply = await answer
        except Dropped:
            self._finish()
        else:
            self._answer_parked(reply)

    def _answer_parked(self, reply: Reply | None) -> None:
        """Answer the parked request, then read the bytes that the client sent meanwhile. Without a reply, close."""
        self._parked = None
        if reply is None:
            return self._finish()
        self._write(reply)
        if self._edge.stopping:
            return self._finish()
        return self._go_on_with_ahead()

    def _go_on_with_ahead(self) -> None:
        """Read the bytes that were stored, once the client has been answered and reads its responses."""
        if self._parked is not None or not self._reads:
            return
        if self._ahead:
            ahead = b"".join(self._ahead)
            self._ahead.clear()
            self.data_received(ahead)
        if self._sends_no_more:
            if not self.eof_received():
                self._finish()
        elif self._parked is None and self._reads:
            self._resume_reading()

    def eof_received(self) -> bool:  # type: ignore[override]  # aiohttp's own closes at once
        if self._aiohttps:
            return super().eof_received()
        self._sends_no_more = True
        if isinstance(self._parked, asyncio.Task):
            self._loop.call_soon(end_wait, self._parked)  # by then the task has begun
        elif self._parked is not None:
            self._parked.end_wait()
        return not self._origin.secure and (self._parked is not None or bool(self._ahead))  # TLS has no half-closing

    def _store_ahead(self, data: bytes) -> None:
        """Store bytes that the client sent while its request waits, or while it does not read."""
        self._ahead.append(data)
        if sum(map(len, self._ahead)) > _MAX_AHEAD:
            self._pause_reading()

    def _write(self, reply: Reply) -> None:
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        transport.write(render(reply))
        self._receives = False
        self.due = seconds() + self._idle
        if transport.get_write_buffer_size() > _MAX_UNSENT:
            self._reads = False
            self._pause_reading()

    def _finish(self) -> None:
        """Close once the responses are sent; requests that came after are dropped."""
        self._hung_up = True
        if self.transport is not None:
            self.transport.close()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self._reads:
            self._reads = True
            self._go_on_with_ahead()

    def _pause_reading(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._stopped_reading = True
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._stopped_reading and self.transport is not None and not self.transport.is_closing():
            self._stopped_reading = False
            self.transport.resume_reading()

    def _hand_to_aiohttp(self, data: bytes) -> None:
        self._aiohttps = True
        super().data_received(data)
