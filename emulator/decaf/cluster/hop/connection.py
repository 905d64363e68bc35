"""One connection between two nodes, as both sides have it: frames in and out, proof first, and its limits.

Rule: until the other side has proved the secret, it is sent nothing of a call, and nothing of one is read from it.
Then both sides show signs of life, and one that shows none is taken for lost. Frames written in one turn of the event
loop go out together.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import cast

from decaf.base.clock import ring_after
from decaf.cluster.hop.frames import BadFrame, FrameReader, Kind, call_of, encode_frame
from decaf.cluster.hop.payloads import LONGEST_HEAD, Hello, decode_hello, encode_hello
from decaf.cluster.hop.proof import is_proof, make_nonce, prove

_log = logging.getLogger("decaf")

VERSION = 3  # of the frames and their payloads
_LONGEST_HELLO = 1024  # bytes
_TO_PROVE = 5.0  # seconds from the connection to the proof
_TICK = 1.0  # seconds between two signs of life
_LOST_AFTER = 5  # ticks without a sign of the other side, when it is lost

Handler = Callable[[int, bytes], None]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a node is to others: its id, the cluster's secret, and the longest body that it takes, in bytes."""

    node: str
    secret: bytes
    longest_body: int

    @property
    def longest(self) -> int:
        """The longest payload of a frame, in bytes."""
        return self.longest_body + LONGEST_HEAD


class Connection(asyncio.Protocol):
    """One side of a connection. A side has its `handlers` of frames by kind, and says when it is `proved`."""

    side: str

    def __init__(self, me: Identity) -> None:
        self.me = me
        self.other = ""  # the other node's id, once it is known
        self.longest = 0  # bytes of a payload that the other side takes
        self.is_lost = False
        self.is_silent = False  # the other side has sent nothing for too long
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader = FrameReader(_LONGEST_HELLO)
        self._handlers: Mapping[int, Handler] = {Kind.HELLO: self._hello}
        self._frames: list[bytes] = []  # to be written in this turn of the event loop
        self._is_reading = False  # what is written meanwhile goes out when all that has arrived is read
        self._nonce = make_nonce()
        self._hello_of_other = Hello(0, "", b"", 0)
        self._alarm: asyncio.TimerHandle | None = None
        self._silent = 0  # ticks since the other side has sent something
        self._reads = True

    # what a side adds

    def answer_hello(self, hello: Hello) -> None:
        """The other side has said who it is."""
        raise NotImplementedError

    def lost(self) -> None:
        """The connection is gone; nothing more is written or read."""
        raise NotImplementedError

    # asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        _notice_silence(transport.get_extra_info("socket"))
        self._alarm = ring_after(_TO_PROVE, self._too_slow)

    def data_received(self, data: bytes) -> None:
        self._silent = 0
        self._is_reading = True
        try:
            for call, kind, payload in self._reader.read(data):
                if self.is_lost:
                    return
                handler = self._handlers.get(kind)
                if handler is None:
                    raise BadFrame(f"a frame of kind {kind} is not expected")
                handler(call, payload)
        except BadFrame as error:
            self.break_off(str(error))
        finally:
            self._is_reading = False
            if self._frames:
                self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    # for the sides

    @property
    def unsent(self) -> int:
        """Bytes that the operating system has not taken yet, without those of this turn of the event loop."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def write(self, call: int, kind: Kind, payload: bytes = b"", is_alone: bool = False) -> None:
        """Write a frame, with others of this turn of the event loop; nothing once the connection is lost.

        One that `is_alone`, as no other call is under way, waits for no others.
        """
        if self.is_lost:
            return
        if not (self._frames or self._is_reading or is_alone):
            self._loop.call_soon(self._flush)
        self._frames.append(encode_frame(call, kind, payload))
        if is_alone and not self._is_reading:
            self._flush()

    def take_back(self, calls: Set[int]) -> None:
        """Do not write the frames of these calls that are still to be written."""
        self._frames = [frame for frame in self._frames if call_of(frame) not in calls]

    def flushed(self) -> None:
        """The frames of this turn were handed to the socket."""

    def say_hello(self, proof: bytes = b"") -> None:
        hello = Hello(VERSION, self.me.node, self._nonce, self.me.longest, proof)
        self.write(0, Kind.HELLO, encode_hello(hello))

    def proof_of(self, side: str) -> bytes:
        """Returns the proof of a side, once both have said hello."""
        mine = (self.me.node, self._nonce)
        others = (self.other, self._hello_of_other.nonce)
        dialling, answering = (mine, others) if self.side == "dialling" else (others, mine)
        nodes, nonces = (dialling[0], answering[0]), (dialling[1], answering[1])
        return prove(self.me.secret, side, nodes, nonces)

    def check(self, proof: bytes, side: str) -> bool:
        """Returns whether the other side has proved the secret; if not, the connection is broken off."""
        if is_proof(proof, self.proof_of(side)):
            return True
        self.break_off("it does not know the cluster's secret")
        return False

    def proved(self, handlers: Mapping[int, Handler]) -> None:
        """Both sides have proved the secret: read frames of calls from now on."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = ring_after(_TICK, self._tick)
        self._reader.longest = self.me.longest
        self._handlers = {**handlers, Kind.ALIVE: lambda *_: None}

    def expect(self, handlers: Mapping[int, Handler]) -> None:
        """Read these frames next."""
        self._handlers = handlers

    def break_off(self, reason: str, level: int = logging.WARNING) -> None:
        """Close the connection at once, since the other side is wrong."""
        _log.log(level, "the connection with node %s is closed: %s", self.other or "?", reason)
        self.abort()

    def abort(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()
        self._end()

    def close(self) -> None:
        """Close the connection once what was written is sent."""
        self._flush()
        if self._transport is not None:
            self._transport.close()
        self._end()

    def pause_reading(self) -> None:
        self._reads = False
        if self._transport is not None and not self.is_lost:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._reads = True
        self._silent = 0
        if self._transport is not None and not self.is_lost:
            self._transport.resume_reading()

    # its own

    def _hello(self, _: int, payload: bytes) -> None:
        hello = decode_hello(payload)
        if hello.version != VERSION:
            raise BadFrame(f"it speaks version {hello.version} of the connection, not {VERSION}")
        if not hello.node.isprintable():  # it is logged
            raise BadFrame("its id is none")
        self.other, self.longest, self._hello_of_other = hello.node, hello.longest, hello
        self.answer_hello(hello)

    def _flush(self) -> None:
        frames = self._frames
        if not frames or self._transport is None or self.is_lost:
            return
        self._frames = []
        self._transport.write(frames[0] if len(frames) == 1 else b"".join(frames))
        self.flushed()

    def _too_slow(self) -> None:
        self.break_off(f"it has not proved the cluster's secret within {_TO_PROVE:g} s")

    def _tick(self) -> None:
        """Show a sign of life, and break off a connection whose other side is silent. Ticks are counted, not seconds:
        after a stop of this process what the other side has sent meanwhile is read before the next."""
        self._silent += self._reads
        if self._silent > _LOST_AFTER:
            self.is_silent = True
            self.break_off("it is silent", logging.INFO)  # Forwarding says it once for each node
            return
        self.write(0, Kind.ALIVE)
        self._alarm = ring_after(_TICK, self._tick)

    def _end(self) -> None:
        if self.is_lost:
            return
        self.is_lost = True
        if self._alarm is not None:
            self._alarm.cancel()
        self.lost()


def _notice_silence(connected: socket.socket | None) -> None:
    """Have the operating system end a connection whose other machine does not acknowledge what is sent."""
    if connected is not None and hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(_TICK * _LOST_AFTER * 1000))
