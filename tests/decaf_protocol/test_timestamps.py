"""The three formats of timestamps."""

from __future__ import annotations

import pytest

from decaf_protocol.timestamps import number, read_timestamp, write_timestamp


@pytest.mark.parametrize(
    ("form", "text", "seconds"),
    [
        ("iso8601", "2015-01-25T08:00:00Z", 1422172800.0),
        ("iso8601", "2015-01-25T08:00:00.250Z", 1422172800.25),
        ("iso8601", "2015-01-25T09:00:00+01:00", 1422172800.0),
        ("rfc822", "Sun, 25 Jan 2015 08:00:00 GMT", 1422172800.0),
        ("rfc822", "Sun, 25 Jan 2015 08:00:00.500 GMT", 1422172800.5),
        ("unixtimestamp", "1422172800", 1422172800.0),
        ("unixtimestamp", "1422172800.125", 1422172800.125),
        ("unixtimestamp", "1.4221728E9", 1422172800.0),
    ],
)
def test_a_text_is_read_in_its_format(form: str, text: str, seconds: float) -> None:
    assert read_timestamp(text, form) == seconds


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("iso8601", "2015-01-25"),
        ("iso8601", "2015-01-25T08:00:00"),
        ("iso8601", "2015-13-25T08:00:00Z"),
        ("iso8601", "1422172800"),
        ("rfc822", "2015-01-25T08:00:00Z"),
        ("rfc822", "Sun, 25 Foo 2015 08:00:00 GMT"),
        ("unixtimestamp", "soon"),
        ("unixtimestamp", "NaN"),
        ("unixtimestamp", "٣"),
    ],
)
def test_any_other_text_is_none(form: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_timestamp(text, form)


def test_moments_are_written() -> None:
    assert write_timestamp(1422172800, "iso8601") == "2015-01-25T08:00:00Z"
    assert write_timestamp(1422172800.25, "iso8601") == "2015-01-25T08:00:00.250Z"
    assert write_timestamp(1422172800.25, "rfc822") == "Sun, 25 Jan 2015 08:00:00 GMT"
    assert write_timestamp(1422172800.25, "unixtimestamp") == "1422172800.25"


def test_whole_moments_are_whole_numbers() -> None:
    assert repr(number(1422172800.0)) == "1422172800"
    assert repr(number(1422172800.1234)) == "1422172800.123"
