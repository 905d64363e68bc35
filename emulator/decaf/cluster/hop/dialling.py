"""The dialling side of a connection: it sends requests to another node, and passes on what comes back.

Rule: a request that was handed to the socket is not sent again. If the connection is lost before its answer, nobody
knows whether it was carried out, and it is refused; one that was still to be written is taken back. The calls for all
shards go over one connection, and the end of a shard's channel does not touch those for others.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from decaf.base.clock import in_real_time
from decaf.cluster.hop.call import ForwardedCall, Holder
from decaf.cluster.hop.connection import Connection, Identity
from decaf.cluster.hop.frames import MOST_CALLS, BadFrame, Kind
from decaf.cluster.hop.payloads import (
    Hello,
    decode_headers,
    decode_not_active,
    decode_released,
    decode_reply,
    encode_request,
)
from decaf.faults.calls import Dropped
from decaf.http.rendering import Stream

_log = logging.getLogger("decaf")

_TO_CONNECT = 3.0  # seconds
# Bytes that the other node may leave unread, beside one request of any length, before further requests are refused.
_MOST_UNSENT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where a node is reached by other nodes."""

    node: str
    host: str
    port: int


class Unreachable(Exception):
    """No connection to a node; the text says why, for people."""


async def dial(address: Address, me: Identity) -> Dialling:
    """Returns a connection to another node, on which both sides have proved the secret. Raises Unreachable."""
    loop = asyncio.get_running_loop()
    connection = Dialling(me, address.node)
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


class Channel:
    """The calls for a shard, on the connection to the node that owns it. `is_over` is done when no more may be sent."""

    __slots__ = ("_connection", "is_over", "is_retired", "shard")

    def __init__(self, connection: Dialling, shard: int) -> None:
        self.shard = shard
        self.is_over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_retired = False  # the other node has said that it does not own the shard
        self._connection = connection

    @property
    def is_silent(self) -> bool:
        """Whether the connection is lost since the other node has sent nothing for too long."""
        return self._connection.is_silent

    def send(self, call: ForwardedCall) -> None:
        """Send a request. It is refused when the other node does not keep up with reading, or cannot take it."""
        self._connection.send(call, self)

    def hang_up(self, call: ForwardedCall) -> None:
        self._connection.drop(call.number)

    def end_wait(self, call: ForwardedCall) -> None:
        self._connection.write(call.number, Kind.ENDS_WAIT)

    def abort(self) -> None:
        """Send no more requests, and refuse those that were sent."""
        self._connection.abandon(self)

    def end(self) -> None:
        """Nothing more can be sent."""
        if not self.is_over.done():
            self.is_over.set_result(None)


class Dialling(Connection):
    """A connection to the node with the id `owner`. `is_open` is done when channels may be opened, `is_over` when no
    more may: the connection is lost, or the other node carries out no further request."""

    side = "dialling"

    def __init__(self, me: Identity, owner: str) -> None:
        super().__init__(me)
        self.is_open: asyncio.Future[None] = self._loop.create_future()
        self.is_over: asyncio.Future[None] = self._loop.create_future()
        self._owner = owner
        self._channels: set[Channel] = set()  # that are not over
        self._latest = 0  # number of a call
        self._calls: dict[int, ForwardedCall] = {}  # that are not answered
        self._streams: dict[int, Incoming] = {}
        self._unwritten: set[int] = set()  # calls of this turn of the event loop

    def open(self, shard: int) -> Channel:
        """Returns a channel for the calls for a shard. The connection closes when it has none, and all is answered."""
        channel = Channel(self, shard)
        if self.is_over.done():
            channel.end()
        else:
            self._channels.add(channel)
        return channel

    def send(self, call: ForwardedCall, channel: Channel) -> None:
        """Send a request for the shard of a channel, which then says when its client goes."""
        payload = encode_request(call.request, channel.shard)
        if self.unsent > _MOST_UNSENT + self.longest or len(payload) > self.longest:
            call.unavailable()
            return
        number = call.number = self._next_number()
        call.holder = channel
        is_alone = not self._calls
        self._calls[number] = call
        self._unwritten.add(number)
        self.write(number, Kind.CALL if call.is_plain else Kind.REQUEST, payload, is_alone)
        if call.ends_wait:
            self.write(number, Kind.ENDS_WAIT)

    def drop(self, number: int) -> None:
        """The client has gone: nobody waits for the answer to this call."""
        if self._calls.pop(number, None) is None and self._streams.pop(number, None) is None:
            return
        self.write(number, Kind.CANCEL)
        self.close_when_done()

    def abandon(self, channel: Channel) -> None:
        """End a channel with its calls, since another node may own the shard. Those that were written are refused here
        and cancelled there."""
        self._channels.discard(channel)
        channel.end()
        calls = {number: call for number, call in self._calls.items() if call.holder is channel}
        streams = {number: stream for number, stream in self._streams.items() if stream.channel is channel}
        unwritten = self._unwritten & calls.keys()
        self.take_back(unwritten)
        for number in calls:
            del self._calls[number]
        for number in streams:
            del self._streams[number]
        for number in (calls.keys() | streams.keys()) - unwritten:
            self.write(number, Kind.CANCEL)
        _lose(calls, streams, unwritten)
        self.close_when_done()

    def close_when_done(self) -> None:
        """Close a connection that no channel uses, once all is answered."""
        if not (self._channels or self._calls or self._streams or self.is_lost):
            self.close()

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
        self._be_over()
        channels, self._channels = self._channels, set()
        for channel in channels:
            channel.end()
        calls, self._calls = self._calls, {}
        streams, self._streams = self._streams, {}
        unwritten, self._unwritten = self._unwritten, set()
        _lose(calls, streams, unwritten)

    # frames

    def _response(self, number: int, payload: bytes) -> None:
        call = self._calls.pop(number, None)
        if call is not None:
            call.reply(payload)
        if not self._channels:
            self.close_when_done()

    def _reply(self, number: int, payload: bytes) -> None:
        reply = decode_reply(payload)
        call = self._calls.pop(number, None)
        if call is not None:
            call.reply(reply)
        self.close_when_done()

    def _no_reply(self, number: int, _: bytes) -> None:
        call = self._calls.pop(number, None)
        if call is not None:
            call.no_reply()
        self.close_when_done()

    def _not_active(self, number: int, payload: bytes) -> None:
        error = decode_not_active(payload)
        _log.info("node %s is not active: it knows %s, epoch %d", self.other, error.owner or "none", error.epoch)
        call = self._calls.pop(number, None)
        if call is not None:
            if isinstance(call.holder, Channel):
                self._retire(call.holder)  # first: the call is not to come back on this channel
            call.not_active(error)
        self.close_when_done()

    def _stream(self, number: int, payload: bytes) -> None:
        headers = decode_headers(payload)
        call = self._calls.pop(number, None)
        if call is None:
            return
        incoming = Incoming(self, number, call.holder)
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

    def _released(self, number: int, payload: bytes) -> None:
        if number != 0:
            raise BadFrame("a release of a call")
        shard = decode_released(payload)
        for channel in [each for each in self._channels if shard in (None, each.shard)]:
            self._retire(channel)
        if shard is None:
            self._be_over()
            self.close_when_done()

    # its own

    def _be_over(self) -> None:
        if not self.is_over.done():
            self.is_over.set_result(None)

    def _retire(self, channel: Channel) -> None:
        """Send no more requests for a shard; what was sent is answered."""
        channel.is_retired = True
        channel.end()
        self._channels.discard(channel)
        self.close_when_done()

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
        self.close_when_done()


class Incoming(AsyncGenerator[bytes, None]):
    """A stream that comes from the other node: one chunk at a time, the next when this one was passed on.

    It raises Dropped when the rest is missing. Closing it ends it at the other node, too.
    """

    __slots__ = ("_chunks", "_connection", "_is_whole", "_number", "_owes", "_waiter", "channel")

    def __init__(self, connection: Dialling, number: int, channel: Holder | None) -> None:
        self.channel = channel  # that its call was sent on
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


def _lose(calls: Mapping[int, ForwardedCall], streams: Mapping[int, Incoming], unwritten: Set[int]) -> None:
    """Take back the calls whose numbers are `unwritten`, refuse the others, and cut streams off."""
    for number, call in calls.items():
        if number in unwritten:
            call.not_sent()
        else:
            call.unavailable()
    for stream in streams.values():
        stream.end(whole=False)
