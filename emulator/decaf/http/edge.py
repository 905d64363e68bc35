"""The fast edge: connections that answer plain requests themselves as their last byte arrives.

Rule: a plain request is a `POST` of HTTP/1.1 with a Content-Length and nothing unusual about it. Every other byte
goes to aiohttp unchanged, and from the first such byte on the whole connection is aiohttp's: so nothing is ever
read twice, out of order, or by two rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from typing import TYPE_CHECKING, cast

from decaf.base.clock import seconds
from decaf.base.half_closed import end_wait
from decaf.base.later import Later
from decaf.faults.calls import Dropped
from decaf.http.connections import Connection, Connections, origin_of
from decaf.http.head import Names, read_head
from decaf.http.rendering import render
from decaf_protocol import Origin, Reply, Request

if TYPE_CHECKING:
    from decaf.http.aiohttp_server import AiohttpConnection, AiohttpServer

Answer = Callable[[Request], Reply | Later | Awaitable[Reply]]

_MAX_HEAD = 64 * 1024  # bytes; aiohttp decides about longer ones
_MAX_UNSENT = 1024 * 1024  # bytes of responses that a client may leave unread before reading from it pauses
_MAX_AHEAD = 1024 * 1024  # bytes that a client may send behind a parked request before reading from it pauses


class Edge:
    """Makes connections that answer plain requests themselves, by `answer`.

    `others()` is aiohttp's server, once it is loaded, for everything else, and for paths that start with one of
    `prefixes`. `max_body` is in bytes.
    """

    def __init__(
        self,
        answer: Answer,
        connections: Connections,
        others: Callable[[], asyncio.Future[AiohttpServer]],
        max_body: int,
        prefixes: tuple[str, ...],
    ) -> None:
        self.answer = answer
        self.connections = connections
        self.others = others
        self.max_body = max_body
        self.prefixes = prefixes
        self.names = Names()

    def __call__(self) -> FastConnection:
        return FastConnection(self, asyncio.get_running_loop())


class FastConnection(Connection, asyncio.Protocol):
    """One connection. It is in one of five states: idle, in the middle of a body, waiting for a parked request or for
    aiohttp to be loaded, handed over to aiohttp for good, or closed by us."""

    __slots__ = (
        "_ahead",
        "_connections",
        "_edge",
        "_head",
        "_hung_up",
        "_idle",
        "_loop",
        "_missing",
        "_origin",
        "_parked",
        "_parts",
        "_reads",
        "_receives",
        "_sends_no_more",
        "_stopped_reading",
        "_successor",
        "_writing_paused",
        "due",
        "transport",
    )

    def __init__(self, edge: Edge, loop: asyncio.AbstractEventLoop) -> None:
        self._edge = edge
        self._loop = loop
        self._connections = edge.connections
        self._idle = edge.connections.bounds.idle
        self.transport: asyncio.Transport | None = None
        self.due = inf
        self._successor: AiohttpConnection | None = None  # aiohttp's, which this one was handed over to
        self._hung_up = False
        self._receives = False
        self._sends_no_more = False
        self._writing_paused = False
        self._reads = True  # the client reads its responses, or there are few that it has not read
        self._stopped_reading = False  # reading is paused, until the client has read or its request is answered
        self._parts: list[bytes] = []  # of a request whose body is not complete
        self._missing = 0  # bytes that are missing of it
        self._head: tuple[str, dict[str, str], int] | None = None  # its target, its headers, where its body starts
        self._parked: asyncio.Task[None] | Later | None = None  # a request that waits
        self._ahead: list[bytes] = []  # bytes that the client sent meanwhile, or when it did not read
        self._origin = Origin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.is_admitted(transport):
            self.transport = cast("asyncio.Transport", transport)
            self._origin = origin_of(transport)

    def data_received(self, data: bytes) -> None:
        if self._successor is not None:
            self._successor.data_received(data)
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
        self._connections.forget(self)
        self.transport = None

    def _begin(self, data: bytes) -> None:
        """Read the start of a request; `data` may have all of it, several, or the start of something else."""
        while data and not self._hung_up:
            end = data.find(b"\r\n\r\n", 0, _MAX_HEAD)
            read = read_head(data[:end], self._edge.names, self._edge.prefixes) if end >= 0 else None
            if read is None or read[2] > self._edge.max_body:
                return self._hand_over(data)
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
        if self._connections.stopping and self._parked is None:
            self._finish()
        elif stop < len(call):
            self.data_received(call[stop:])

    def _answer(self, target: str, headers: dict[str, str], start: int, call: bytes) -> None:
        try:
            reply = self._edge.answer(Request("POST", target, headers, call[start:], self._origin))
        except Dropped:
            return self._finish()
        if isinstance(reply, Reply):
            return self._write(render(reply))
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

    def _answer_parked(self, reply: Reply | bytes | None) -> None:
        """Answer the parked request, then read the bytes that the client sent meanwhile. Without a reply, close."""
        self._parked = None
        if reply is None:
            return self._finish()
        self._write(reply if isinstance(reply, bytes) else render(reply))
        if self._connections.stopping:
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

    def eof_received(self) -> bool:
        """Returns whether the connection stays open: until the client has its answers, if any are owed."""
        if self._successor is not None:
            return self._successor.eof_received()
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

    def _write(self, response: bytes) -> None:
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        transport.write(response)
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

    def hang_up(self) -> None:
        self._hung_up = True
        transport, self.transport = self.transport, None
        if transport is None:
            return
        if transport.is_closing() or transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.close()

    def _received(self) -> bytes:
        return self._parts[0] if self._parts else b""

    def pause_writing(self) -> None:
        self._writing_paused = True

    def resume_writing(self) -> None:
        self._writing_paused = False
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

    def _hand_over(self, data: bytes) -> None:
        """Let aiohttp read `data`, and all that comes after it, once it is loaded."""
        others = self._edge.others()
        if not others.done():
            self.receiving()
            self._ahead.append(data)
            self._pause_reading()  # aiohttp, not this, decides how much may come at once
            self._parked = Later()
            others.add_done_callback(self._go_on_when_loaded)
            return
        assert self.transport is not None
        self._successor = others.result()()
        self._successor.take_over(self, self.transport, self._writing_paused)
        self._successor.data_received(data)

    def _go_on_when_loaded(self, _: asyncio.Future[AiohttpServer]) -> None:
        self._parked = None
        if not self._hung_up:
            self._resume_reading()  # before aiohttp may pause it
            self._go_on_with_ahead()
