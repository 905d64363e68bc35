"""The dialling side of a connection: it sends requests to the active node, and passes on what comes back.

Rule: a request that was handed to the socket is not sent again. If the connection is lost before its answer, nobody
knows whether it was carried out, and it is refused; one that was still to be written is taken back.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from decaf.base.clock import in_real_time
from decaf.cluster.hop.call import ForwardedCall
from decaf.cluster.hop.connection import Connection, Identity
from decaf.cluster.hop.frames import MOST_CALLS, BadFrame, Kind
from decaf.cluster.hop.payloads import (
    Hello,
    decode_headers,
    decode_not_active,
    decode_reply,
    encode_request,
)
from decaf.faults.calls import Dropped
from decaf.http.rendering import Stream

_log = logging.getLogger("decaf")

_TO_CONNECT = 3.0  # seconds
_MOST_UNSENT = 64 * 1024 * 1024  # bytes that the other node may leave unread before further requests are refused


@dataclass(frozen=True, slots=True)
class Address:
    """Where a node is reached by other nodes, for one of its shards."""

    node: str
    host: str
    port: int
    shard: int = 0


class Unreachable(Exception):
    """No connection to a node; the text says why, for people."""


async def dial(address: Address, me: Identity) -> Dialling:
    """Returns a connection to another node, on which both sides have proved the secret. Raises Unreachable."""
    loop = asyncio.get_running_loop()
    connection = Dialling(me, address.node, address.shard)
    connecting = loop.create_task(loop.create_connection(lambda: connection, address.host, address.port))
    try:
        if await in_real_time({connecting}, _TO_CONNECT):
            raise Unreachable(f"no answer within {_TO_CONNECT:g} s")
        connecting.result()
        await asyncio.wait({connection.is_open, connection.is_over}, return_when=asyncio.FIRST_COMPLETED)
        if not connection.is_open.done():
            raise Unreachable("it closed the connection")
    except OSError as error:
        raise Unreachable(str(error)) from error
    except BaseException:
        connecting.cancel()
        connection.abort()
        raise
    return connection


class Dialling(Connection):
    """A connection to the node with the id `owner`, for a shard. `is_open` is done when requests may be sent, `is_over`
    when no more may: the connection is lost, or the other node is not the active one any more."""

    side = "dialling"

    def __init__(self, me: Identity, owner: str, shard: int = 0) -> None:
        super().__init__(me, shard)
        self.is_open: asyncio.Future[None] = self._loop.create_future()
        self.is_over: asyncio.Future[None] = self._loop.create_future()
        self.is_retired = False  # the other node has said that it is not the active one
        self._owner = owner
        self._latest = 0  # number of a call
        self._calls: dict[int, ForwardedCall] = {}  # that are not answered
        self._streams: dict[int, Incoming] = {}
        self._unwritten: set[int] = set()  # calls of this turn of the event loop

    def send(self, call: ForwardedCall) -> None:
        """Send a request. It is refused when the other node does not keep up with reading, or cannot take it."""
        payload = encode_request(call.request)
        if self.unsent > _MOST_UNSENT or len(payload) > self.longest:
            call.unavailable()
            return
        number = call.number = self._next_number()
        call.place = self
        is_alone = not self._calls
        self._calls[number] = call
        self._unwritten.add(number)
        self.write(number, Kind.CALL if call.is_plain else Kind.REQUEST, payload, is_alone)
        if call.ends_wait:
            self.write(number, Kind.ENDS_WAIT)

    def hang_up(self, call: ForwardedCall) -> None:
        self.drop(call.number)

    def end_wait(self, call: ForwardedCall) -> None:
        self.write(call.number, Kind.ENDS_WAIT)

    def retire(self) -> None:
        """Send no more requests; the connection closes when all are answered."""
        self.is_retired = True
        if not self.is_over.done():
            self.is_over.set_result(None)
        self._close_when_done()

    def drop(self, number: int) -> None:
        """The client has gone: nobody waits for the answer to this call."""
        if self._calls.pop(number, None) is None and self._streams.pop(number, None) is None:
            return
        self.write(number, Kind.CANCEL)
        self._close_when_done()

    # Connection's

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.say_hello()

    def answer_hello(self, hello: Hello) -> None:
        if hello.node != self._owner:
            self.break_off(f"node {self._owner} was expected at its address")
        elif self.check(hello.proof, "answering"):
            self.write(0, Kind.PROOF, self.proof_of("dialling"))
            self.proved(
                {
                    Kind.RESPONSE: self._response,
                    Kind.REPLY: self._reply,
                    Kind.NO_REPLY: self._no_reply,
                    Kind.NOT_ACTIVE: self._not_active,
                    Kind.STREAM: self._stream,
                    Kind.CHUNK: self._chunk,
                    Kind.END: self._end_of_stream,
                    Kind.FAILED: self._failed,
                    Kind.RELEASED: self._released,
                }
            )
            self.is_open.set_result(None)

    def flushed(self) -> None:
        self._unwritten.clear()

    def lost(self) -> None:
        if not self.is_over.done():
            self.is_over.set_result(None)
        calls, self._calls = self._calls, {}
        streams, self._streams = self._streams, {}
        unwritten, self._unwritten = self._unwritten, set()
        for number, call in calls.items():
            if number in unwritten:
                call.not_sent()
            else:
                call.unavailable()
        for stream in streams.values():
            stream.end(whole=False)

    # frames

    def _response(self, number: int, payload: bytes) -> None:
        call = self._calls.pop(number, None)
        if call is not None:
            call.reply(payload)
        if self.is_retired:
            self._close_when_done()

    def _reply(self, number: int, payload: bytes) -> None:
        reply = decode_reply(payload)
        call = self._calls.pop(number, None)
        if call is not None:
            call.reply(reply)
        self._close_when_done()

    def _no_reply(self, number: int, _: bytes) -> None:
        call = self._calls.pop(number, None)
        if call is not None:
            call.no_reply()
        self._close_when_done()

    def _not_active(self, number: int, payload: bytes) -> None:
        error = decode_not_active(payload)
        _log.info("node %s is not active: it knows %s, epoch %d", self.other, error.owner or "none", error.epoch)
        call = self._calls.pop(number, None)
        self.retire()  # first: the call is not to come back on this connection
        if call is not None:
            call.not_active(error)

    def _stream(self, number: int, payload: bytes) -> None:
        headers = decode_headers(payload)
        call = self._calls.pop(number, None)
        if call is None:
            return
        incoming = Incoming(self, number)
        self._streams[number] = incoming
        call.stream(Stream(headers, incoming))

    def _chunk(self, number: int, payload: bytes) -> None:
        if (incoming := self._streams.get(number)) is not None:
            incoming.add(payload)

    def _end_of_stream(self, number: int, _: bytes) -> None:
        self._finish(number, whole=True)

    def _failed(self, number: int, _: bytes) -> None:
        call = self._calls.pop(number, None)
        if call is not None:
            call.unavailable()
        self._finish(number, whole=False)

    def _released(self, number: int, _: bytes) -> None:
        if number != 0:
            raise BadFrame("a release of a call")
        self.retire()

    # its own

    def _next_number(self) -> int:
        number = self._latest % MOST_CALLS + 1
        while number in self._calls or number in self._streams:
            number = number % MOST_CALLS + 1
        self._latest = number
        return number

    def _finish(self, number: int, whole: bool) -> None:
        incoming = self._streams.pop(number, None)
        if incoming is not None:
            incoming.end(whole)
        self._close_when_done()

    def _close_when_done(self) -> None:
        if self.is_over.done() and not self.is_lost and not self._calls and not self._streams:
            self.close()


class Incoming(AsyncGenerator[bytes, None]):
    """A stream that comes from the other node: one chunk at a time, the next when this one was passed on.

    It raises Dropped when the rest is missing. Closing it ends it at the other node, too.
    """

    __slots__ = ("_chunks", "_connection", "_is_whole", "_number", "_owes", "_waiter")

    def __init__(self, connection: Dialling, number: int) -> None:
        self._connection = connection
        self._number = number
        self._chunks: deque[bytes] = deque()
        self._owes = False  # the latest chunk is passed on when the next is asked for
        self._is_whole: bool | None = None  # None: it has not ended
        self._waiter: asyncio.Future[None] | None = None

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._wake()

    def end(self, whole: bool) -> None:
        self._is_whole = whole
        self._wake()

    async def asend(self, _: None) -> bytes:
        if self._owes and self._is_whole is None:
            self._connection.write(self._number, Kind.TAKEN)
        self._owes = False
        while not self._chunks:
            if self._is_whole is not None:
                raise StopAsyncIteration if self._is_whole else Dropped
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self._owes = True
        return self._chunks.popleft()

    async def athrow(self, kind: Any, error: Any = None, trace: Any = None) -> bytes:
        await self.aclose()
        raise kind if error is None else error

    async def aclose(self) -> None:
        self._connection.drop(self._number)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
