"""Limits of connections: on their number, on how long one may idle, and on how long a request may take to arrive.

Rule: a connection idles, receives a request, or answers one. Idling and receiving have a timeout, by one timer for
all connections; answering has none, since a long poll may wait. When the limit on their number is reached, the
connection that has idled longest is closed for a new one; when none idles, the new one gets a 503 and is closed.

All times here are real, on no clock that can be moved: clients live in real time.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from math import inf
from typing import cast

import msgspec

from decaf.base.clock import in_real_time, ring_after, seconds
from decaf.base.file_limit import most_connections
from decaf.http.rendering import render_last
from decaf_protocol import AWSError, Origin, Reply

_GRAIN = 1 / 20  # of the shortest timeout: connections whose timeouts are this close share an alarm
_REFUSED_FOR = 1.0  # seconds in which a refused client may send a request, to get its 503
_MOST_REFUSED = 256  # clients at once that are waited for; the others may see a reset instead

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


class Connections:
    """The open connections of a server, within `bounds`. `refusal` makes the responses to what is not answered."""

    def __init__(self, bounds: Bounds, refusal: Refuse) -> None:
        self.bounds = bounds
        self.refusal = refusal
        self.stopping = False
        self._grain = _GRAIN * min(bounds.idle, bounds.request)
        self._open: set[Connection] = set()
        self._refused: set[Refused] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._rings_at = inf
        self._emptied: asyncio.Future[None] | None = None  # while shutdown() waits for the last connection

    @property
    def open(self) -> tuple[Connection, ...]:
        """The connections that were admitted and are open."""
        return tuple(self._open)

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

    def replace(self, connection: Connection, other: Connection) -> None:
        """Let another connection stand for the same socket."""
        self._open.discard(connection)
        self._open.add(other)

    def watch(self, due: float) -> None:
        """Check the timeouts at `due` at the latest."""
        if due < self._rings_at:
            self._ring_at(due)

    async def shutdown(self, timeout: float | None = None) -> None:
        """Close idle connections now, others when they are answered or after `timeout` seconds."""
        self.stopping = True
        for connection in self.open:
            connection.end()
        for refused in tuple(self._refused):
            refused.close()
        if self._open:
            self._emptied = asyncio.get_running_loop().create_future()
            await in_real_time({self._emptied}, timeout)
        if self._alarm is not None:
            self._alarm.cancel()
        for connection in self.open:
            connection.hang_up()

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


class Connection:
    """What the limits need of a connection: its timeout ends at `due`, in `seconds()`.

    It is mixed into a protocol of asyncio, which may have slots for what is declared here.
    """

    transport: asyncio.Transport | None
    due: float
    _connections: Connections
    _receives: bool

    @abstractmethod
    def hang_up(self) -> None:
        """Close the connection; bytes that the client has not read are dropped."""

    @abstractmethod
    def _received(self) -> bytes:
        """Returns bytes of the request that is being received, to refuse it in the protocol that it is of."""

    @property
    def is_idle(self) -> bool:
        return self.due != inf and not self._receives

    def is_admitted(self, transport: asyncio.BaseTransport) -> bool:
        """Returns whether the connection may stay. If not, its transport belongs to another from now on."""
        self.due = seconds() + self._connections.bounds.idle
        if self._connections.admit(self):
            return True
        self._connections.refuse(cast("asyncio.Transport", transport))
        return False

    def receiving(self) -> None:
        """The first bytes of a request have arrived."""
        self._receives = True
        self.due = seconds() + self._connections.bounds.request
        self._connections.watch(self.due)

    def answering(self) -> None:
        """The request is complete: answering it has no timeout."""
        self._receives = False
        self.due = inf

    def end(self) -> None:
        """Close the connection if it idles: the server stops. Others are closed when they are answered."""
        if self.is_idle:
            self.hang_up()

    def give_up(self) -> None:
        """Close the connection: its timeout has ended."""
        if self._receives and self.transport is not None:
            self.transport.write(render_last(self._connections.refusal(self._received(), _SLOW)))
        self.hang_up()


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
