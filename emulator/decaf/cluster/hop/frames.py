"""Frames: the bytes of a connection between two nodes, as parts that each belong to one call. No input or output.

A frame is the length of its payload (4 bytes), the number of its call (4 bytes), its kind (1 byte), and the payload.
The node that dials numbers the calls; 0 stands for the connection itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct

_HEAD = Struct(">IIB")
HEAD_SIZE = _HEAD.size

MOST_CALLS = 2**32 - 1  # numbers of calls; after the last comes 1 again


class Kind(IntEnum):
    """What a frame says. Those of a call come from the side named."""

    HELLO = 1  # both: who they are, and a number that the other side has to prove the secret with
    PROOF = 2  # dialling
    REQUEST = 3  # dialling: it is answered with REPLY, STREAM, NO_REPLY or NOT_ACTIVE
    CANCEL = 4  # dialling: the client has hung up
    ENDS_WAIT = 5  # dialling: the client sends no more, and still reads
    TAKEN = 6  # dialling: the latest chunk was passed on
    REPLY = 7  # answering
    NO_REPLY = 8  # answering: an injected fault leaves the request without a reply
    NOT_ACTIVE = 9  # answering: the request was not carried out, since this node is not the active one
    STREAM = 10  # answering: the head of a response without an end; the next chunk follows TAKEN
    CHUNK = 11  # answering
    END = 12  # answering: the stream is complete
    FAILED = 13  # answering: the stream is not complete, and ends
    RELEASED = 14  # answering, of the connection: this node carries out no further request, for a shard or for any
    ALIVE = 15  # both, of the connection: again and again, so that silence means that the other side is lost
    CALL = 16  # dialling: a request as REQUEST, which is answered with RESPONSE where that has REPLY
    RESPONSE = 17  # answering: the bytes that the client is sent


class BadFrame(Exception):
    """Bytes that no node sends; the text says why, for people."""


def encode_frame(call: int, kind: Kind, payload: bytes = b"") -> bytes:
    """Returns the bytes of a frame."""
    return _HEAD.pack(len(payload), call, kind) + payload


def call_of(frame: bytes) -> int:
    """Returns the number of the call that a frame belongs to."""
    call: int = _HEAD.unpack_from(frame)[1]
    return call


class FrameReader:
    """Makes frames of bytes, however they were divided. `longest` is the limit on a payload, in bytes; it may change
    between two frames."""

    __slots__ = ("_have", "_needed", "_parts", "longest")

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._parts: list[bytes] = []  # of a frame that is not complete
        self._have = 0  # bytes of it
        self._needed = HEAD_SIZE  # bytes with which more of it is known

    def read(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yields the frames that end in `data`, each as the number of its call, its kind, and its payload.

        Raises BadFrame for a payload that is too long, before it has arrived.
        """
        if self._parts:
            self._parts.append(data)
            self._have += len(data)
            if self._have < self._needed:
                return
            data = b"".join(self._parts)
            self._parts.clear()
        start, end = 0, len(data)
        self._needed = HEAD_SIZE
        while end - start >= HEAD_SIZE:
            length, call, kind = _HEAD.unpack_from(data, start)
            if length > self.longest:
                raise BadFrame(f"a frame of {length} bytes is longer than {self.longest}")
            stop = start + HEAD_SIZE + length
            if stop > end:
                self._needed = stop - start
                break
            payload = data[start + HEAD_SIZE : stop]
            start = stop
            yield call, kind, payload
        if start < end:
            self._parts.append(data[start:] if start else data)
            self._have = end - start
