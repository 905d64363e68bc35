"""Patterns of policies: wildcards match as AWS has them, in a time that no pattern can make long."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.access.pattern import matches, matches_arn, read_pattern


def _matches(pattern: str, text: str) -> bool:
    return matches(read_pattern(pattern, variables=False).characters({}), text)


@given(pattern=st.text(alphabet="ab*?", max_size=9), text=st.text(alphabet="ab", max_size=12))
def test_wildcards_match_as_a_shells_do(pattern: str, text: str) -> None:
    assert _matches(pattern, text) == bool(re.fullmatch(fnmatch.translate(pattern), text))


def test_many_wildcards_do_not_take_long() -> None:
    assert not _matches("*a" * 2_000 + "b", "a" * 8_000)


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("arn:aws:sqs:*:*:orders", "arn:aws:sqs:us-east-1:111122223333:orders", True),
        ("arn:aws:*:orders", "arn:aws:sqs:us-east-1:111122223333:orders", False),
        ("arn:aws:sqs:*", "arn:aws:sqs:us-east-1:111122223333:orders", True),
        ("*", "arn:aws:sqs:us-east-1:111122223333:orders", True),
        ("arn:aws:sqs:us-east-1:111122223333:or:*", "arn:aws:sqs:us-east-1:111122223333:or:ders", True),
        ("arn:aws:sqs:us-east-1:*", "arn:aws:sqs", False),
        ("", "", False),
    ],
)
def test_the_parts_of_an_arn_match_one_by_one(pattern: str, arn: str, expected: bool) -> None:
    assert matches_arn(read_pattern(pattern, variables=False).characters({}), arn) is expected
