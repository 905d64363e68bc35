"""Limits of connections: on their number, on how long one may idle, and on how long a request may take to arrive.

Rule: a connection idles, receives a request, or answers one. Idling and receiving have a timeout, by one timer for
all connections; answering has none, since a long poll may wait. When the limit on their number is reached, the
connection that has idled longest is closed for a new one; when none idles, the new one gets a 503 and is closed.

All times here are real, on no clock that can be moved: clients live in real time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from math import inf
from typing import Any, cast

import msgspec
from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter

from decaf.base.clock import in_real_time, ring_after, seconds
from decaf.base.file_limit import most_connections
from decaf.base.half_closed import end_wait
from decaf.http.rendering import render_last
from decaf_protocol import AWSError, Origin, Reply

_NEVER = 1e9  # seconds, for aiohttp's own timeouts, which this file replaces
_GRAIN = 1 / 20  # of the shortest timeout: connections whose timeouts are this close share an alarm
_REFUSED_FOR = 1.0  # seconds in which a refused client may send a request, to get its 503
_MOST_REFUSED = 256  # clients at once that are waited for; the others may see a reset instead
_MOMENT = 0.05  # seconds for aiohttp to close a connection

_SLOW = AWSError("RequestTimeoutException", "The request took too long to arrive.")
_FULL = AWSError("ServiceUnavailable", "There are too many connections.")

# Refuses bytes that are no request, or whose request is not read: the bytes, as far as they are known, and the error.
Refuse = Callable[[bytes, AWSError], Reply]


class Bounds(msgspec.Struct, frozen=True):
    """The limits: open connections at once, and seconds that one may idle or take to receive a request."""

    most: int
    idle: float
    request: float


def origin_of(transport: asyncio.BaseTransport | None) -> Origin:
    """Returns where the requests of a connection come from."""
    if transport is None:
        return Origin()
    peer = transport.get_extra_info("peername")
    return Origin(peer[0] if peer else None, transport.get_extra_info("ssl_object") is not None)


class Connections(web.Server):
    """aiohttp's server, with limits on its connections."""

    def __init__(self, handler: Any, bounds: Bounds, refuse: Refuse, *, request_factory: Any, **options: Any) -> None:
        super().__init__(handler, request_factory=request_factory, handler_cancellation=True)
        self.bounds = bounds
        self.refusal = refuse
        self.stopping = False
        self._options = {"keepalive_timeout": _NEVER, **options}
        self._grain = _GRAIN * min(bounds.idle, bounds.request)
        self._open: set[Connection] = set()
        self._refused: set[Refused] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._rings_at = inf
        self._emptied: asyncio.Future[None] | None = None  # while shutdown() waits for the last connection

    def __call__(self) -> web.RequestHandler:
        return Connection(self, asyncio.get_running_loop(), self._options)

    def admit(self, connection: Connection) -> bool:
        """Add a new connection. Returns False when the limit is reached and no connection idles."""
        if self.stopping:
            return False
        if len(self._open) >= self.bounds.most:
            longest = min((other for other in self._open if other.is_idle), key=lambda other: other.due, default=None)
            if longest is None:
                return False
            self.forget(longest)
            longest.hang_up()
        self._open.add(connection)
        self.watch(connection.due)
        return True

    def refuse(self, transport: asyncio.Transport) -> None:
        """Answer a new connection with 503: after its first bytes, or at once when many are being refused."""
        refused = Refused(transport, self._refused, self.refusal)
        if self.stopping or len(self._refused) > min(_MOST_REFUSED, most_connections() // 8):
            refused.close()

    def forget(self, connection: Connection) -> None:
        """Remove a connection that is closed."""
        self._open.discard(connection)
        if self._emptied is not None and not self._open and not self._emptied.done():
            self._emptied.set_result(None)

    def watch(self, due: float) -> None:
        """Check the timeouts at `due` at the latest."""
        if due < self._rings_at:
            self._ring_at(due)

    async def shutdown(self, timeout: float | None = None) -> None:
        """Close idle connections now, others when they are answered or after `timeout` seconds."""
        self.stopping = True
        for connection in tuple(self._open):
            connection.end()
        for refused in tuple(self._refused):
            refused.close()
        if self._open:
            self._emptied = asyncio.get_running_loop().create_future()
            await in_real_time({self._emptied}, timeout)
        if self._alarm is not None:
            self._alarm.cancel()
        await super().shutdown(_MOMENT)

    def _ring_at(self, when: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._rings_at = when
        self._alarm = None if when == inf else ring_after(when - seconds(), self._ring)

    def _ring(self) -> None:
        now = seconds()
        for connection in [connection for connection in self._open if connection.due <= now]:
            connection.give_up()
        due = min((connection.due for connection in self._open), default=inf)
        self._ring_at(max(due, now + self._grain))


class Connection(web.RequestHandler):
    """aiohttp's connection with a timeout, which ends at `due`, in `seconds()`.

    A client that closes its sending half is answered what it has asked for whole, and what waits ends its wait: such a
    client looks like one that hung up, which must not be handed a message.
    """

    __slots__ = ("_answered", "_body", "_connections", "_latest", "_receives", "_sends_no_more", "_waiting", "due")

    def __init__(self, connections: Connections, loop: asyncio.AbstractEventLoop, options: Mapping[str, Any]) -> None:
        super().__init__(connections, loop=loop, **options)
        self._connections = connections
        self._receives = False
        self._latest = b""  # bytes, to refuse them in the protocol that they are of
        self._answered = 0  # requests, of those that aiohttp has read
        self._body: StreamReader | None = None  # of the latest request
        self._sends_no_more = False
        self._waiting: asyncio.Task[Any] | None = None  # the task of a call that waits
        self.due = inf

    @property
    def is_idle(self) -> bool:
        return self.due != inf and not self._receives

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.due = seconds() + self._connections.bounds.idle
        if self._connections.admit(self):
            super().connection_made(transport)
        else:
            self._connections.refuse(cast("asyncio.Transport", transport))

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
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

    def receiving(self) -> None:
        """The first bytes of a request have arrived."""
        self._receives = True
        self.due = seconds() + self._connections.bounds.request
        self._connections.watch(self.due)

    def answering(self) -> None:
        """The request is complete: answering it has no timeout."""
        self._receives = False
        self.due = inf

    def answered(self) -> None:
        """The response is written."""
        self._receives = False
        self._latest = b""
        self._answered += 1
        self.due = seconds() + self._connections.bounds.idle
        self._connections.watch(self.due)
        if self._connections.stopping or (self._sends_no_more and self._request_count <= self._answered):
            self.close()

    def end(self) -> None:
        """Close the connection if it idles: the server stops. Others are closed when they are answered."""
        if self.is_idle:
            self.hang_up()

    def give_up(self) -> None:
        """Close the connection: its timeout has ended."""
        if self._receives and self.transport is not None:
            self.transport.write(render_last(self._connections.refusal(self._latest, _SLOW)))
        self.hang_up()

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


class Refused(asyncio.Protocol):
    """A connection beyond the limit: the first bytes of its client are answered with 503.

    What the client still sends is read and dropped until it hangs up: a socket that is closed with unread bytes resets
    the connection, and the client would not see the answer.
    """

    def __init__(self, transport: asyncio.Transport, others: set[Refused], refuse: Refuse) -> None:
        self._transport = transport
        self._others = others
        self._refuse = refuse
        self._is_answered = False
        others.add(self)
        self._alarm = ring_after(_REFUSED_FOR, self.close)
        transport.set_protocol(self)

    def data_received(self, data: bytes) -> None:
        self.answer(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._alarm.cancel()
        self._others.discard(self)

    def answer(self, data: bytes) -> None:
        if self._is_answered or self._transport.is_closing():
            return
        self._is_answered = True
        self._transport.write(render_last(self._refuse(data, _FULL)))
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def close(self) -> None:
        self._alarm.cancel()
        self.answer(b"")
        self._transport.close()
