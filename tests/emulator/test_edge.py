"""The fast edge: what it takes for a usual call, and how it reads that."""

from __future__ import annotations

import pytest

from emulator.edge import read_head

LINE = b"POST / HTTP/1.1"
HOST = b"\r\nHost: decaf"
LENGTH = b"\r\nContent-Length: 12"


def test_headers_are_found_whatever_their_case() -> None:
    head = (
        LINE
        + b"\r\nHost: decaf\r\nX-Amz-Target:AmazonSQS.SendMessage\r\nContent-Length:  12 \r\nUser-Agent: caf\xc3\xa9"
    )
    assert read_head(head) == (
        "/",
        {
            "host": "decaf",
            "x-amz-target": "AmazonSQS.SendMessage",
            "content-length": "12",
            "user-agent": "café",
        },
        12,
    )


@pytest.mark.parametrize(
    "head",
    [
        LINE + HOST + LENGTH,
        LINE + HOST + LENGTH + b"\r\nConnection: Keep-Alive",
        LINE + HOST + b"\r\ncontent-length:12",
        LINE + HOST + LENGTH + b"\r\nX-Empty:",
        b"POST /000000000000/orders?a=%20b HTTP/1.1" + HOST + LENGTH,
    ],
)
def test_a_plain_call_is_usual(head: bytes) -> None:
    read = read_head(head)
    assert read is not None
    assert read[2] == 12


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1" + HOST + LENGTH,
        b"POST / HTTP/1.0" + HOST + LENGTH,
        b"POST  / HTTP/1.1" + HOST + LENGTH,
        b"POST http://decaf/ HTTP/1.1" + HOST + LENGTH,
        b"POST /caf\xc3\xa9 HTTP/1.1" + HOST + LENGTH,
        b"POST /a b HTTP/1.1" + HOST + LENGTH,
        b"POST /_decaf/reset HTTP/1.1" + HOST + LENGTH,
        b"POST /moto-api/reset HTTP/1.1" + HOST + LENGTH,
        LINE,
        LINE + HOST,
        LINE + HOST + LENGTH + LENGTH,
        LINE + HOST + HOST + LENGTH,
        LINE + HOST + b"\r\nContent-Length: -1",
        LINE + HOST + b"\r\nContent-Length: 1_0",
        LINE + HOST + b"\r\nContent-Length: \xb2",
        LINE + HOST + b"\r\nContent-Length: 999999999999",
        LINE + HOST + LENGTH + b"\r\nTransfer-Encoding: chunked",
        LINE + HOST + LENGTH + b"\r\nContent-Encoding: gzip",
        LINE + HOST + LENGTH + b"\r\nExpect: 100-continue",
        LINE + HOST + LENGTH + b"\r\nUpgrade: h2c",
        LINE + HOST + LENGTH + b"\r\nConnection: close",
        LINE + HOST + LENGTH + b"\r\nNo colon",
        LINE + HOST + LENGTH + b"\r\nlonely",
        LINE + HOST + LENGTH + b"\r\n: no name",
        LINE + HOST + LENGTH + b"\r\nSpaced : name",
        LINE + HOST + LENGTH + b"\r\nX: folded\r\n line",
        LINE + HOST + LENGTH + b"\r\nX: bare\nfeed",
        LINE + HOST + LENGTH + b"\r\nX: bare\rreturn",
        LINE + HOST + LENGTH + b"\r\nX: nul\0",
    ],
)
def test_anything_else_is_left_to_aiohttp(head: bytes) -> None:
    assert read_head(head) is None
