"""Requests broken in every way that bytes on a wire can be, drawn by chance: what fuzz tests send."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Change = Callable[[random.Random, bytes], bytes]

_LENGTHS = (
    b"0",
    b"-1",
    b"+5",
    b"0x10",
    b"1_0",
    b"5, 5",
    b"",
    b"99999999999999999999",
    b"1e3",
    b"\xb2",
    b"4194305",
    b"7",
)
_FRAMINGS = (
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding:\tchunked",
    b"Content-Length: 5",
    b"Content-Length : 5",
    b"Content-Encoding: gzip",
    b"Content-Encoding: deflate",
    b"Content-Encoding: br",
    b"Expect: 100-continue",
    b"Expect: the unexpected",
    b"Connection: close",
    b"Connection: Upgrade\r\nUpgrade: websocket",
    b"Connection: Upgrade\r\nUpgrade: h2c",
    b"Host: \xff\xfe",
    b"Host: a b",
    b"Host:",
    b" folded",
    b"no colon",
    b"X: \x00",
    b"X: a\rb",
    b": nameless",
    b"X-Amz-Target: AmazonSQS.\xff",
    b"Content-Type: \xe9",
    b"Authorization: \xff",
)
_TARGETS = (
    b"*",
    b"//",
    b"?",
    b"http://a/b",
    b"/\x00",
    b"/%ff",
    b"/\xff\xfe",
    b"/?Action=\xff",
    b"/a\nb",
    b"/../..",
    b"/" + b"a" * 70_000,
    b"/_",
    b"/_decaf/",
    b"/_decaf/%00",
    b"/_decaf/queues/%ff",
    b"/SimpleNotificationService-x.pem",
)
_METHODS = (b"GET", b"PUT", b"HEAD", b"OPTIONS", b"CONNECT", b"PATCH", b"TRACE", b"post", b"\xff", b"P\x00ST", b"PRI")
_VERSIONS = (b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.2", b"HTTP/11", b"http/1.1", b"", b"HTTP/1.1 ")


def _flipped(chance: random.Random, request: bytes) -> bytes:
    broken = bytearray(request)
    for _ in range(chance.randint(1, 8)):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def _shortened(chance: random.Random, request: bytes) -> bytes:
    start, stop = sorted(chance.choices(range(len(request) + 1), k=2))
    stop = min(stop, start + chance.choice((1, 4, 64)))
    return request[:start] + request[stop:]


def _doubled(chance: random.Random, request: bytes) -> bytes:
    start, stop = sorted(chance.choices(range(len(request) + 1), k=2))
    return request[:stop] + request[start:]


def _truncated(chance: random.Random, request: bytes) -> bytes:
    return request[: chance.randrange(len(request))]


def _with_noise(chance: random.Random, request: bytes) -> bytes:
    at = chance.randrange(len(request) + 1)
    return request[:at] + chance.randbytes(chance.randint(1, 200)) + request[at:]


def _with_another_length(chance: random.Random, request: bytes) -> bytes:
    return re.sub(rb"Content-Length: \d+", lambda _: b"Content-Length: " + chance.choice(_LENGTHS), request, count=1)


def _with_a_line(chance: random.Random, request: bytes) -> bytes:
    at = chance.choice([line.start() for line in re.finditer(b"\r\n", request.partition(b"\r\n\r\n")[0] + b"\r\n")])
    return request[:at] + b"\r\n" + chance.choice(_FRAMINGS) + request[at:]


def _with_another_first_line(chance: random.Random, request: bytes) -> bytes:
    line, _, rest = request.partition(b"\r\n")
    parts = [*line.split(b" "), b"", b""][:3]
    at = chance.randrange(3)
    parts[at] = chance.choice((_METHODS, _TARGETS, _VERSIONS)[at])
    return b" ".join(parts) + b"\r\n" + rest


def _with_other_line_ends(chance: random.Random, request: bytes) -> bytes:
    return request.replace(b"\r\n", chance.choice((b"\n", b"\r", b"\r\r\n", b"\r\n\r\n")), chance.randint(1, 9))


def _noise(chance: random.Random, request: bytes) -> bytes:
    return chance.randbytes(chance.randint(1, 2_000))


CHANGES: tuple[Change, ...] = (
    _flipped,
    _shortened,
    _doubled,
    _truncated,
    _with_noise,
    _with_another_length,
    _with_a_line,
    _with_another_first_line,
    _with_other_line_ends,
    _noise,
)


def broken(chance: random.Random, request: bytes) -> bytes:
    """`request` with one change, seldom more."""
    for change in chance.choices(CHANGES, k=chance.choice((1, 1, 1, 2, 4))):
        request = change(chance, request) or b"\0"
    return request


def chunked(chance: random.Random, body: bytes) -> bytes:
    """`body` in chunks of any size, at times with extensions and trailers."""
    chunks = []
    while body:
        size = chance.choice((1, 2, 7, 64, len(body)))
        piece, body = body[:size], body[size:]
        extension = chance.choice((b"", b"", b";a=b", b";long=" + b"x" * 100))
        number = b"%x" if chance.random() < 0.5 else b"%04X"
        chunks.append(number % len(piece) + extension + b"\r\n" + piece + b"\r\n")
    return b"".join(chunks) + b"0\r\n" + chance.choice((b"", b"X-Trailer: 1\r\n")) + b"\r\n"
