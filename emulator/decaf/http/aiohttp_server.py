"""A server of aiohttp's, low-level: with no router, no middleware and no access log on the way of a request.

Rule: it reads whatever HTTP a client may speak. Loading aiohttp takes a quarter of the time and of the memory that a
server starts with, so this file is loaded for the first connection that needs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from math import inf
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter

from decaf.base.clock import seconds
from decaf.base.half_closed import end_wait
from decaf.http.connections import Connection, Connections
from decaf.http.rendering import render_last
from decaf_protocol import AWSError, Reply

_NEVER = 1e9  # seconds, for aiohttp's own timeouts, which `Connections` replaces
_MOMENT = 0.05  # seconds for aiohttp to close a connection


class AiohttpServer(web.Server):
    """aiohttp's server, whose connections are among `connections`. `handler` is aiohttp's."""

    def __init__(self, handler: Any, connections: Connections, *, request_factory: Any, **options: Any) -> None:
        super().__init__(handler, request_factory=request_factory, handler_cancellation=True)
        self.limits = connections
        self._options = {"keepalive_timeout": _NEVER, **options}

    def __call__(self) -> AiohttpConnection:
        return AiohttpConnection(self, asyncio.get_running_loop(), self._options)

    async def shutdown(self, timeout: float | None = None) -> None:
        """Close idle connections now, others when they are answered or after `timeout` seconds."""
        await self.limits.shutdown(timeout)
        await super().shutdown(_MOMENT)


class AiohttpConnection(Connection, web.RequestHandler):
    """aiohttp's connection with a timeout.

    A client that closes its sending half is answered what it has asked for whole, and what waits ends its wait: such a
    client looks like one that hung up, which must not be handed a message.
    """

    __slots__ = ("_answered", "_body", "_connections", "_latest", "_receives", "_sends_no_more", "_waiting", "due")

    def __init__(self, server: AiohttpServer, loop: asyncio.AbstractEventLoop, options: Mapping[str, Any]) -> None:
        super().__init__(server, loop=loop, **options)
        self._connections = server.limits
        self._receives = False
        self._latest = b""
        self._answered = 0  # requests, of those that aiohttp has read
        self._body: StreamReader | None = None  # of the latest request
        self._sends_no_more = False
        self._waiting: asyncio.Task[Any] | None = None  # the task of a call that waits
        self.due = inf

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.is_admitted(transport):
            super().connection_made(transport)

    def take_over(self, other: Connection, transport: asyncio.Transport, writing_paused: bool) -> None:
        """Be the protocol of a transport from now on, in place of another that idles."""
        self.due = other.due
        self._connections.replace(other, self)
        super().connection_made(transport)
        if writing_paused:
            self.pause_writing()
        transport.set_protocol(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if data:  # aiohttp calls this without any, to go on with what it has
            if self.is_idle:
                self.receiving()
            self._latest = data
        super().data_received(data)
        if self._messages:
            self._body = self._messages[-1][1]

    def eof_received(self) -> bool:  # type: ignore[override]  # aiohttp's own closes at once
        """Returns whether the connection stays open: until the client has its answers, if any are owed."""
        self._sends_no_more = True
        self._loop.call_soon(self._end_wait)
        owed = self._request_count - self._answered
        return owed > 1 or (owed == 1 and self._is_body_read())

    def _is_body_read(self) -> bool:
        """Returns whether the body of the latest request is complete, or known to be broken."""
        return self._body is None or self._body.is_eof() or self._body.exception() is not None

    def waiting(self, task: asyncio.Task[Any] | None) -> None:
        """The answer waits in this task; None when it waits no longer."""
        self._waiting = task
        if self._sends_no_more:
            self._loop.call_soon(self._end_wait)

    def _end_wait(self) -> None:
        if self._waiting is not None:
            end_wait(self._waiting)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Returns the last response of the connection: its bytes are no request, or there is an error in Decaf."""
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        text = (message or str(exc)).partition("\n")[0].rstrip(":")
        version = "HTTP version" in (message or "") or self._latest.startswith(b"PRI * HTTP/2.0\r\n")
        self._answered += 1
        return self.refuse(AWSError("MalformedHttpRequestException", text), 505 if version else None)

    def refuse(self, error: AWSError, status: int | None = None) -> web.StreamResponse:
        """Returns the last response of the connection, in AWS's form."""
        reply = self._connections.refusal(self._latest, error)
        return LastResponse(reply if status is None else Reply(status, reply.headers, reply.body))

    def _received(self) -> bytes:
        return self._latest

    def answered(self) -> None:
        """The response is written."""
        self._receives = False
        self._latest = b""
        self._answered += 1
        self.due = seconds() + self._connections.bounds.idle
        self._connections.watch(self.due)
        if self._connections.stopping or (self._sends_no_more and self._request_count <= self._answered):
            self.close()

    def hang_up(self) -> None:
        """Close the connection; bytes that the client has not read are dropped."""
        if self.transport is not None and self.transport.get_write_buffer_size():
            self.transport.abort()
        self.force_close()  # after that, a transport of TLS that was closing has no buffer to ask for


class LastResponse(web.StreamResponse):
    """A reply that ends its connection, written to the socket as it is, whatever version of HTTP was asked for."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(status=reply.status)
        self._reply = reply
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if request.transport is None:
            raise ConnectionResetError("the client has gone")
        request.transport.write(render_last(self._reply))
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""
