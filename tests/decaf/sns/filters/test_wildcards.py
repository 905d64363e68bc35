"""Wildcards in filter policies, against the definition, and how often they read a value."""

from __future__ import annotations

from typing import SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.sns.filters.predicates import like


class Counted(str):
    """A text that counts the characters that searches in it may have read."""

    read = 0

    def find(self, part: str, start: SupportsIndex | None = None, end: SupportsIndex | None = None, /) -> int:
        found = super().find(part, start, end)
        begin = 0 if start is None else int(start)
        self.read += (len(self) if found < 0 else found + len(part)) - begin
        return found


def _matches(pattern: str, value: str) -> bool:
    """The definition: a * is nothing, or one character and the same * again."""
    if not pattern:
        return not value
    if pattern[0] == "*":
        return _matches(pattern[1:], value) or (bool(value) and _matches(pattern, value[1:]))
    return bool(value) and value[0] == pattern[0] and _matches(pattern[1:], value[1:])


@given(st.text("ab*", max_size=6), st.text("ab", max_size=8))
def test_a_wildcard_is_any_characters_or_none(pattern: str, value: str) -> None:
    assert like((pattern,))(value) is _matches(pattern, value)


@pytest.mark.parametrize("pattern", ["*a*a*ab", "a*a*a*ab", "*aa*aa*b", "*ab*ab*ab", "*b*b*b", "*a*a*a"])
@pytest.mark.parametrize("text", ["a", "ab", "aab"])
def test_a_value_is_read_once_however_many_wildcards_there_are(pattern: str, text: str) -> None:
    value = Counted(text * 10_000)
    like((pattern,))(value)
    assert value.read <= len(value)
