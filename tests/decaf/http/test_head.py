"""Heads of requests: which are plain, and that both forms of the reader find the same in them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.http.head import Names, read_head, split_head
from tests.decaf.http.broken_requests import broken
from tests.decaf.http.wire import call

Split = Callable[[bytes, Names], tuple[str, dict[str, str]] | None]

CORPUS = Path(__file__).parent / "corpus"

LINE = b"POST / HTTP/1.1"
HOST = b"\r\nHost: decaf"
LENGTH = b"\r\nContent-Length: 12"


def test_headers_are_found_whatever_their_case() -> None:
    head = (
        LINE
        + b"\r\nHost: decaf:4566\r\nX-Amz-Target:AmazonSQS.SendMessage\r\nContent-Length:  12 "
        + b"\r\nUser-Agent:\tX caf\xc3\xa9"
    )
    assert read_head(head, Names()) == (
        "/",
        {
            "host": "decaf:4566",
            "x-amz-target": "AmazonSQS.SendMessage",
            "content-length": "12",
            "user-agent": "X café",
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
    read = read_head(head, Names())
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
        b"POST /a\tb HTTP/1.1" + HOST + LENGTH,
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
        LINE + HOST + LENGTH + b"\r\nX: control\x01",
        LINE + HOST + LENGTH + b"\r\nX: delete\x7f",
        LINE + HOST + LENGTH + b"\r\nX: no UTF-8 \xff",
        LINE + HOST + LENGTH + b"\r\nProxy-Connection: close",
        LINE + HOST + LENGTH + b"\r\nSec-WebSocket-Key1: 1",
        LINE + HOST + LENGTH + b"".join(b"\r\nX-%d: 1" % number for number in range(127)),
        LINE + LENGTH,
    ],
)
def test_anything_else_is_left_to_aiohttp(head: bytes) -> None:
    assert read_head(head, Names(), ("/_decaf", "/moto-api/")) is None


def test_a_head_may_have_128_headers_and_a_length_11_digits() -> None:
    most = LINE + HOST + LENGTH + b"".join(b"\r\nX-%d: 1" % number for number in range(126))
    read = read_head(most, Names())
    assert read is not None
    assert len(read[1]) == 128
    long = read_head(LINE + HOST + b"\r\nContent-Length: 00000000012", Names())
    assert long is not None
    assert long[2] == 12


PIECES = (
    *(b"\r\n", b"\r", b"\n", b":", b" ", b"\t", b"\0", b"\x0b", b"\x1f", b"\x7f", b"a", b"x" * 70),
    *(b"\x80", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),  # no UTF-8
    *("é".encode(), "\u0085".encode(), "\u2028".encode(), "\u212a".encode()),
    *(LINE, HOST, LENGTH, b"\r\nHOST:", b"\r\nConnection: keep-alive", b"\r\nExpect:"),
)
PLAIN = call("SendMessage", "000000000000", QueueUrl="orders", MessageBody="latte")

by_pieces = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
by_breaking = st.builds(broken, st.randoms(use_true_random=False), st.just(PLAIN))


@pytest.fixture(scope="module")
def native() -> Split:
    """The form in C."""
    split: Split = pytest.importorskip("decaf.http._head", reason="the leaf in C is not built").split
    return split


def _found(split: Split, head: bytes) -> object:
    """What `split` finds, with the headers in their order."""
    found = split(head, Names())
    return found and (found[0], list(found[1].items()))


@settings(max_examples=2_000, deadline=None, derandomize="DECAF_LONG" not in os.environ)
@given(st.binary() | by_pieces | by_breaking)
def test_both_forms_find_the_same(native: Split, head: bytes) -> None:
    assert _found(native, head) == _found(split_head, head)


@pytest.mark.parametrize("file", sorted(CORPUS.iterdir()), ids=lambda file: file.name)
def test_both_forms_find_the_same_in_the_corpus(native: Split, file: Path) -> None:
    head = file.read_bytes().partition(b"\r\n\r\n")[0]
    assert _found(native, head) == _found(split_head, head)


def test_both_forms_look_at_each_name_once(native: Split) -> None:
    for split in (native, split_head):
        names = Names()
        split(LINE + HOST + LENGTH, names)
        assert names == {"Host": "host", "Content-Length": "content-length"}
        names["Host"] = "known"
        assert split(LINE + HOST, names) == ("POST / HTTP/1.1", {"known": "decaf"})


@pytest.mark.parametrize(
    "head", [PLAIN[:-99], LINE + HOST + HOST, LINE + b"\r\nX: \xff", LINE + b"\r\nX", b"\r\0", b"\xff"]
)
def test_the_native_form_keeps_nothing(native: Split, head: bytes) -> None:
    names = Names()

    def blocks() -> int:
        for _ in range(1_000):
            native(head, names)
        return sys.getallocatedblocks()

    blocks()
    assert abs(blocks() - blocks()) < 100


@pytest.mark.parametrize("arguments", [(), (b"",), ("", Names()), (b"", None)])
def test_the_native_form_refuses_other_types(native: Callable[..., object], arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        native(*arguments)


BUILT = find_spec("decaf.http._head") is not None


@pytest.mark.parametrize(("variable", "is_pure"), [("1", True), ("0", not BUILT), ("", not BUILT)])
def test_a_variable_chooses_the_pure_form(variable: str, is_pure: bool) -> None:
    command = [sys.executable, "-c", "from decaf.http.head import FORM; print(FORM)"]
    environment = {**os.environ, "DECAF_PURE": variable}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout
    assert (shown == "pure\n") is is_pure
