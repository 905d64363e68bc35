"""Receipt handles: read back by their own queue only."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.sqs import receipt
from decaf.sqs.message import Message, Receives
from decaf.sqs.receipt import OtherQueue, Receipt
from tests.decaf.sqs.machine import a_message

TAG = b"orders-1"


def _message(number: int, receive_count: int) -> Message:
    return a_message("body", 0.0, number=number, receives=Receives(receive_count))


@given(st.binary(min_size=8, max_size=8), st.integers(0, 2**63), st.integers(0, 2**32 - 1))
def test_a_handle_reads_back(tag: bytes, number: int, receive_count: int) -> None:
    handle = receipt.handle(tag, _message(number, receive_count))
    assert receipt.read(tag, handle) == Receipt(number, receive_count)
    assert handle.startswith("AQEB")


def test_each_receive_has_a_handle_of_its_own() -> None:
    assert receipt.handle(TAG, _message(1, 1)) != receipt.handle(TAG, _message(1, 2))


def test_it_looks_as_those_of_aws_do() -> None:
    handles = [receipt.handle(TAG, _message(number, 1)) for number in range(10)]
    assert {len(handle) for handle in handles} == {344}
    assert not any("=" in handle for handle in handles)
    assert len({handle[:10] for handle in handles}) == 10
    assert len({handle[-10:] for handle in handles}) > 5


def test_another_queue_knows_it_for_what_it_is() -> None:
    with pytest.raises(OtherQueue):
        receipt.read(b"orders-2", receipt.handle(TAG, _message(1, 1)))


@pytest.mark.parametrize("text", ["", "garbage", "AQEB", "é" * 36, "A" * 344, base64.b64encode(b"\x01" * 27).decode()])
def test_what_is_no_handle(text: str) -> None:
    assert receipt.read(TAG, text) is None


@given(st.data())
def test_a_changed_handle_is_none(data: st.DataObject) -> None:
    raw = bytearray(base64.b64decode(receipt.handle(TAG, _message(5, 2))))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    assert receipt.read(TAG, base64.b64encode(bytes(raw)).decode()) is None
