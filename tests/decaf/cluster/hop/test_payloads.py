"""Payloads: requests and replies arrive as they were, and bytes that are none are refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from decaf.base.shard import Misdirected
from decaf.cluster.hop.frames import BadFrame
from decaf.cluster.hop.payloads import (
    NotActive,
    decode_headers,
    decode_hello,
    decode_not_active,
    decode_released,
    decode_reply,
    decode_request,
    encode_not_active,
    encode_released,
    encode_reply,
    encode_request,
)
from decaf_protocol import Origin, Reply, Request

texts = st.text(max_size=20)
requests = st.builds(
    Request,
    method=texts,
    target=texts,
    headers=st.dictionaries(texts, texts, max_size=5),
    body=st.binary(max_size=100),
    origin=st.builds(Origin, address=st.none() | texts, secure=st.booleans()),
)
replies = st.builds(
    Reply,
    status=st.integers(100, 599),
    headers=st.lists(st.tuples(texts, texts), max_size=5).map(tuple),
    body=st.binary(max_size=100),
)


@given(requests, st.integers(0, 255))
def test_a_request_arrives_as_it_was_with_its_shard(request: Request, shard: int) -> None:
    assert decode_request(encode_request(request, shard)) == (shard, request)


@given(replies)
def test_a_reply_arrives_as_it_was(reply: Reply) -> None:
    assert decode_reply(encode_reply(reply)) == reply


@given(replies, st.tuples(st.text(), st.text()))
def test_a_reply_names_the_account_and_region_that_its_request_is_for(reply: Reply, place: tuple[str, str]) -> None:
    misdirected = Misdirected(reply.status, reply.headers, reply.body, place)
    assert decode_reply(encode_reply(misdirected)) == misdirected


def test_nodes_that_know_nothing_of_that_read_replies_and_are_read() -> None:
    class Head(msgspec.Struct, array_like=True):
        status: int
        headers: tuple[tuple[str, str], ...]

    def encoded(head: object) -> bytes:
        written = msgspec.msgpack.encode(head)
        return len(written).to_bytes(4) + written + b"body"

    assert decode_reply(encoded(Head(503, ()))) == Reply(503, (), b"body")
    sent = encode_reply(Misdirected(503, (), b"body", ("000000000001", "us-east-1")))
    length = int.from_bytes(sent[:4])
    assert msgspec.msgpack.decode(sent[4 : 4 + length], type=Head) == Head(503, ())
    assert sent[4 + length :] == b"body"


def test_headers_that_came_twice_arrive_twice_and_are_found_whatever_their_case() -> None:
    headers = CIMultiDict([("X-One", "1"), ("X-One", "2"), ("Host", "decaf")])
    read = decode_request(encode_request(Request("GET", "/", headers, b""), 0))[1].headers
    assert list(read.items()) == list(headers.items())
    assert (read["host"], read["x-one"]) == ("decaf", "1")


def test_a_target_may_have_bytes_that_are_no_utf_8() -> None:
    target = b"/a?b=\xff".decode("utf-8", "surrogateescape")
    assert decode_request(encode_request(Request("GET", target, {}, b""), 0))[1].target == target


def test_that_a_node_is_not_active_says_which_it_takes_for_the_active_one() -> None:
    error = decode_not_active(encode_not_active(NotActive("b", 7)))
    assert (error.owner, error.epoch) == ("b", 7)


@pytest.mark.parametrize("shard", [None, 0, 255])
def test_a_release_names_a_shard_or_none(shard: int | None) -> None:
    assert decode_released(encode_released(shard)) == shard


def test_a_release_of_what_is_no_shard_is_refused() -> None:
    with pytest.raises(BadFrame):
        decode_released(b"")


@pytest.mark.parametrize("decode", [decode_hello, decode_request, decode_reply, decode_headers, decode_not_active])
@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"\0\0\0\1\xc1", b"\0\0\0\xff", b"\0\0\0\1\x90", b"GET / HTTP/1.1\r\n"]
)
def test_other_bytes_are_refused(decode: object, payload: bytes) -> None:
    assert callable(decode)
    with pytest.raises(BadFrame):
        decode(payload)
