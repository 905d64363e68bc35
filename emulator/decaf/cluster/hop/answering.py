"""The answering side: it listens for other nodes, and answers their requests as this node's own port would.

Rule: a request that came from another node is never passed on again. A connection that does not read its answers is
read no further, and a stream has one chunk on its way at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from decaf.base.clock import in_real_time
from decaf.base.shard import Misdirected
from decaf.cluster.hop.answer import Answer, Site
from decaf.cluster.hop.connection import Connection, Identity
from decaf.cluster.hop.frames import BadFrame, Kind
from decaf.cluster.hop.payloads import (
    Hello,
    NotActive,
    decode_request,
    encode_headers,
    encode_not_active,
    encode_released,
    encode_reply,
)
from decaf.http.rendering import Stream, render
from decaf_protocol import Reply

_log = logging.getLogger("decaf")

_LONGEST_CHUNK = 64 * 1024  # bytes
_MOST_CONNECTIONS = 1024  # at once: every other node has one, and those that have not proved the secret are few


class Answering:
    """The port for other nodes. `site_of` returns what answers their requests for a shard, None for one that there is
    not."""

    def __init__(self, me: Identity, site_of: Callable[[int], Site | None]) -> None:
        self.me = me
        self.site_of = site_of
        self._listener: asyncio.Server | None = None
        self._connections: set[FromNode] = set()
        self._emptied: asyncio.Future[None] | None = None  # while stop() waits for the last connection

    async def start(self, host: str, port: int) -> None:
        """Listen; with port 0 on any that is free. Raises OSError when the address is not free."""
        self._listener = await asyncio.get_running_loop().create_server(lambda: FromNode(self), host, port)

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that it listens on."""
        assert self._listener is not None
        host, port = self._listener.sockets[0].getsockname()[:2]
        return host, port

    def release(self, shard: int | None = None) -> None:
        """Have other nodes look for the owner of a shard now: this one carries out no further request for it. Without
        `shard` for that of any, and listen no more.

        What they had sent before is answered. After a release of all shards they close their connections then.
        """
        if self._listener is not None and shard is None:
            self._listener.close()
        for connection in tuple(self._connections):
            connection.release(shard)

    async def stop(self, patience: float = 0.0) -> None:
        """Listen no more, and close all connections; after a release others have `patience` seconds to close theirs."""
        if self._listener is not None:
            self._listener.close()
        if self._connections and patience > 0:
            self._emptied = asyncio.get_running_loop().create_future()
            await in_real_time({self._emptied}, patience)
        for connection in tuple(self._connections):
            connection.close()

    def admit(self, connection: FromNode) -> bool:
        """Add a new connection. Returns whether there is room for it."""
        if len(self._connections) >= _MOST_CONNECTIONS:
            return False
        self._connections.add(connection)
        return True

    def forget(self, connection: FromNode) -> None:
        self._connections.discard(connection)
        if self._emptied is not None and not self._connections and not self._emptied.done():
            self._emptied.set_result(None)


class FromNode(Connection):
    """A connection that another node has dialled."""

    side = "answering"

    def __init__(self, answering: Answering) -> None:
        super().__init__(answering.me)
        self._answering = answering
        self._calls: dict[int, Call] = {}  # that are not answered
        self._is_proved = False

    def release(self, shard: int | None) -> None:
        """Have the other node send no more requests for a shard, or for any."""
        if self._is_proved:
            self.write(0, Kind.RELEASED, encode_released(shard))
        elif shard is None:
            self.abort()

    # Connection's

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if not self._answering.admit(self):
            self.break_off("there are too many connections of other nodes")

    def answer_hello(self, hello: Hello) -> None:
        self.say_hello(self.proof_of("answering"))
        self.expect({Kind.PROOF: self._proof})

    def lost(self) -> None:
        self._answering.forget(self)
        calls, self._calls = self._calls, {}
        for call in calls.values():
            call.hang_up()

    def pause_writing(self) -> None:
        self.pause_reading()

    def resume_writing(self) -> None:
        self.resume_reading()

    # frames

    def _proof(self, _: int, payload: bytes) -> None:
        if self.check(payload, "dialling"):
            self._is_proved = True
            self.proved(
                {
                    Kind.CALL: self._call,
                    Kind.REQUEST: self._request,
                    Kind.CANCEL: self._cancel,
                    Kind.ENDS_WAIT: self._ends_wait,
                    Kind.TAKEN: self._taken,
                }
            )

    def _request(self, number: int, payload: bytes) -> None:
        self._begin(Call(self, number), payload)

    def _call(self, number: int, payload: bytes) -> None:
        self._begin(PlainCall(self, number), payload)

    def _begin(self, call: Call, payload: bytes) -> None:
        number = call.number
        if number in self._calls:
            raise BadFrame(f"two requests have the number {number}")
        shard, request = decode_request(payload)
        self._calls[number] = call
        site = self._answering.site_of(shard)
        if site is None:  # no reason to break off the calls for other shards
            call.not_active(NotActive())
            return
        call.answer = Answer(request, call)
        call.answer.begin(site)

    def _cancel(self, number: int, _: bytes) -> None:
        call = self._calls.pop(number, None)
        if call is not None:
            call.hang_up()

    def _ends_wait(self, number: int, _: bytes) -> None:
        call = self._calls.get(number)
        if call is not None and call.answer is not None:
            call.answer.end_wait()

    def _taken(self, number: int, _: bytes) -> None:
        call = self._calls.get(number)
        if call is not None:
            call.taken()

    # for its calls

    def finish(self, number: int, kind: Kind, payload: bytes = b"") -> None:
        """Write the last frame of a call."""
        if self._calls.pop(number, None) is None or self.is_lost:
            return
        if len(payload) > self.longest:
            _log.warning("a response of %d bytes is longer than node %s takes", len(payload), self.other)
            kind, payload = Kind.FAILED, b""
        self.write(number, kind, payload, is_alone=not self._calls)


class Call:
    """One request of another node, and what comes of it."""

    __slots__ = ("_connection", "_pump", "_taken", "answer", "number")

    def __init__(self, connection: FromNode, number: int) -> None:
        self._connection = connection
        self.number = number
        self._pump: asyncio.Task[None] | None = None
        self._taken: asyncio.Future[None] | None = None
        self.answer: Answer | None = None

    def reply(self, reply: Reply) -> None:
        self._connection.finish(self.number, Kind.REPLY, encode_reply(reply))

    def stream(self, stream: Stream) -> None:
        self._pump = asyncio.get_running_loop().create_task(self._send(stream))

    def no_reply(self) -> None:
        self._connection.finish(self.number, Kind.NO_REPLY)

    def not_active(self, error: NotActive) -> None:
        self._connection.finish(self.number, Kind.NOT_ACTIVE, encode_not_active(error))

    def hang_up(self) -> None:
        """Nobody waits for the answer any more."""
        if self.answer is not None:
            self.answer.hang_up()
        if self._pump is not None:
            self._pump.cancel()

    def taken(self) -> None:
        """The latest chunk was passed on."""
        if self._taken is not None and not self._taken.done():
            self._taken.set_result(None)

    async def _send(self, stream: Stream) -> None:
        async with aclosing(stream.chunks) as chunks:
            self._connection.write(self.number, Kind.STREAM, encode_headers(stream.headers))
            try:
                async for chunk in chunks:
                    for start in range(0, len(chunk), _LONGEST_CHUNK):
                        await self._send_chunk(chunk[start : start + _LONGEST_CHUNK])
            except Exception:
                _log.exception("internal error in a stream for node %s", self._connection.other)
                self._connection.finish(self.number, Kind.FAILED)
            else:
                self._connection.finish(self.number, Kind.END)

    async def _send_chunk(self, chunk: bytes) -> None:
        self._taken = asyncio.get_running_loop().create_future()
        self._connection.write(self.number, Kind.CHUNK, chunk)
        await self._taken


class PlainCall(Call):
    """A plain request, whose response is made here, so that the other node need not read it."""

    __slots__ = ()

    def reply(self, reply: Reply) -> None:
        if isinstance(reply, Misdirected):  # which the other node has to read
            super().reply(reply)
        else:
            self._connection.finish(self.number, Kind.RESPONSE, render(reply))
