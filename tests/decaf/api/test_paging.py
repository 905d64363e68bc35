"""Pages of lists: whatever comes and goes between two requests, no entry is listed twice or lost."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.api.paging import page, read_token, write_token

NAMES = st.sets(st.text(max_size=3), max_size=20)


def _listed(names: set[str], size: int, also: set[str] | None = None) -> list[str]:
    """All pages together; from the second one on, `also` exists too."""
    listed: list[str] = []
    after = None
    while True:
        found, last = page(((name, name) for name in names), after, size)
        listed += found
        if last is None:
            return listed
        after = read_token(write_token(last))
        names = names | (also or set())


@given(NAMES, st.integers(1, 5))
def test_the_pages_together_are_all_entries_in_order(names: set[str], size: int) -> None:
    assert _listed(names, size) == sorted(names)


@given(NAMES, NAMES, st.integers(1, 5))
def test_entries_created_meanwhile_move_no_other(names: set[str], also: set[str], size: int) -> None:
    listed = _listed(names, size, also)
    assert len(listed) == len(set(listed))
    assert names <= set(listed)


@given(NAMES, st.integers(1, 5))
def test_a_page_has_no_more_than_its_size(names: set[str], size: int) -> None:
    found, last = page(((name, name) for name in names), None, size)
    assert len(found) == min(size, len(names))
    assert (last is None) == (len(names) <= size)


@pytest.mark.parametrize("token", ["?", "YQ", "/w=="])
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises((binascii.Error, UnicodeDecodeError)):
        read_token(token)
