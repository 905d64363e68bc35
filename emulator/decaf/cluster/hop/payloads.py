"""Payloads of frames: requests, replies and the rest, as bytes. A body stands behind its head as it is."""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import TypeVar

import msgspec
from multidict import CIMultiDict

from decaf.base.shard import Misdirected, Place
from decaf.cluster.hop.frames import BadFrame
from decaf_protocol import Origin, Reply, Request

_LENGTH = Struct(">I")
LONGEST_HEAD = 1024 * 1024  # bytes; all headers of a request, with its target, have less

Headers = tuple[tuple[str, str], ...]


class Hello(msgspec.Struct, array_like=True, frozen=True):
    """The first frame of each side. `longest` is the longest payload that it takes, `proof` that of the answering
    side, which speaks second."""

    version: int
    node: str
    nonce: bytes
    longest: int
    proof: bytes = b""


class NotActive(Exception):
    """A request was not carried out, since this node is not the active one. `owner` is the node that it takes for the
    active one ("" if it knows none), as of the lease's `epoch`."""

    def __init__(self, owner: str = "", epoch: int = 0) -> None:
        super().__init__(owner, epoch)
        self.owner = owner
        self.epoch = epoch


class _RequestHead(msgspec.Struct, array_like=True):
    method: str
    target: bytes  # may have bytes that are no UTF-8
    headers: dict[str, str] | list[tuple[str, str]]  # a list when they are not known to be different
    address: str | None
    secure: bool
    shard: int


class _ReplyHead(msgspec.Struct, array_like=True):
    status: int
    headers: Headers
    place: tuple[bytes, bytes] | None = None  # the account and region that the request is for, if not the shard's


_encode = msgspec.msgpack.Encoder().encode
_request_head = msgspec.msgpack.Decoder(_RequestHead)
_reply_head = msgspec.msgpack.Decoder(_ReplyHead)
_headers = msgspec.msgpack.Decoder(Headers)
_not_active = msgspec.msgpack.Decoder(tuple[str, int])
_released = msgspec.msgpack.Decoder(int | None)
_hello = msgspec.msgpack.Decoder(Hello)

T = TypeVar("T")


def encode_hello(hello: Hello) -> bytes:
    return _encode(hello)


def decode_hello(payload: bytes) -> Hello:
    return _decode(_hello, payload)


def encode_request(request: Request, shard: int) -> bytes:
    headers: Mapping[str, str] = request.headers
    origin = request.origin
    head = _encode(
        _RequestHead(
            request.method,
            request.target.encode("utf-8", "surrogateescape"),
            headers if isinstance(headers, dict) else [(str(name), value) for name, value in headers.items()],
            origin.address,
            origin.secure,
            shard,
        )
    )
    return b"".join((_LENGTH.pack(len(head)), head, request.body))


def decode_request(payload: bytes) -> tuple[int, Request]:
    """Returns the shard that a request is for, and the request."""
    head, body = _divide(payload)
    read = _decode(_request_head, head)
    return read.shard, Request(
        read.method,
        read.target.decode("utf-8", "surrogateescape"),
        read.headers if isinstance(read.headers, dict) else CIMultiDict(read.headers),
        body,
        Origin(read.address, read.secure),
    )


def encode_reply(reply: Reply) -> bytes:
    place = reply.place if isinstance(reply, Misdirected) else None
    head = _encode(_ReplyHead(reply.status, reply.headers, None if place is None else _encode_place(place)))
    return b"".join((_LENGTH.pack(len(head)), head, reply.body))


def decode_reply(payload: bytes) -> Reply:
    head, body = _divide(payload)
    read = _decode(_reply_head, head)
    if read.place is not None:
        return Misdirected(read.status, read.headers, body, _decode_place(read.place))
    return Reply(read.status, read.headers, body)


def _encode_place(place: Place) -> tuple[bytes, bytes]:
    """Requests may name an account or region that is no UTF-8."""
    account, region = (text.encode("utf-8", "surrogatepass") for text in place)
    return account, region


def _decode_place(place: tuple[bytes, bytes]) -> Place:
    account, region = (text.decode("utf-8", "surrogatepass") for text in place)
    return account, region


def encode_headers(headers: Headers) -> bytes:
    return _encode(headers)


def decode_headers(payload: bytes) -> Headers:
    return _decode(_headers, payload)


def encode_not_active(error: NotActive) -> bytes:
    return _encode((error.owner, error.epoch))


def decode_not_active(payload: bytes) -> NotActive:
    return NotActive(*_decode(_not_active, payload))


def encode_released(shard: int | None) -> bytes:
    return _encode(shard)


def decode_released(payload: bytes) -> int | None:
    """Returns the shard that requests are carried out for no more; None stands for all."""
    return _decode(_released, payload)


def _divide(payload: bytes) -> tuple[bytes, bytes]:
    """Returns the head and the body of a request or reply."""
    if len(payload) < _LENGTH.size:
        raise BadFrame("a frame has no head")
    start = _LENGTH.size + _LENGTH.unpack_from(payload)[0]
    return payload[_LENGTH.size : start], payload[start:]


def _decode(decoder: msgspec.msgpack.Decoder[T], payload: bytes) -> T:
    try:
        return decoder.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadFrame(f"a frame cannot be read: {error}") from error
