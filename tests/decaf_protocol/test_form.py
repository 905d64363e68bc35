"""A form's texts, long ones too: what is escaped, and what only looks like it."""

from __future__ import annotations

from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf_protocol.form import decoded
from decaf_protocol.wire import AWSError

ESCAPES = ["%", "%4", "%41", "%c3%A9", "%e2%98%95", "%zz", "%%41", "+", "%2B", "a", "é", "☕", "%25"]
ESCAPES += ["=", "%3d", "3D", "\n", "%0A"]
LONG = 256
PIECES = st.lists(st.sampled_from(ESCAPES) | st.text())


@given(PIECES.map("".join))
def test_a_long_text_is_decoded_as_a_short_one(text: str) -> None:
    try:
        expected = unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        with pytest.raises(AWSError):
            decoded("x" * LONG + text)
        with pytest.raises(AWSError):
            decoded(text)
    else:
        assert decoded(text) == expected
        assert decoded("x" * LONG + text) == "x" * LONG + expected


@given(st.binary())
def test_a_long_text_of_escapes_stands_for_its_bytes(some: bytes) -> None:
    long = "☕" * LONG + some.decode(errors="replace")
    assert decoded(quote_from_bytes(long.encode())) == long
