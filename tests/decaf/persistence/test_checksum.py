"""Rows whose bytes have changed are found, and no others."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.persistence.checksum import Row, checked, with_checksum

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), texts, st.binary(max_size=30)
)
rows = st.lists(values, min_size=1, max_size=6).map(tuple)


class Changed(Exception):
    """A row is not as it was."""


def _check(*found: Row) -> list[Row]:
    return list(checked(found, lambda row: Changed(row)))


@given(rows)
def test_a_row_comes_back_from_sqlite_with_the_checksum_that_it_had(row: Row) -> None:
    written = with_checksum(row)
    with closing(sqlite3.connect(":memory:")) as connection:
        (read,) = connection.execute("SELECT " + ", ".join("?" * len(written)), written)
    assert _check(read) == [written]


@given(rows, st.integers(0, 5), values)
def test_a_row_with_another_value_is_found(row: Row, at: int, value: object) -> None:
    at %= len(row)
    if (type(row[at]), row[at]) == (type(value), value) and str(row[at]) == str(value):
        return
    written = with_checksum(row)
    with pytest.raises(Changed):
        _check((*written[:at], value, *written[at + 1 :]))


def test_a_checksum_that_has_changed_is_found_and_one_that_is_missing_is_none() -> None:
    *row, checksum = with_checksum(("latte", 1))
    with pytest.raises(Changed):
        _check((*row, bytes(4)))
    with pytest.raises(Changed):
        _check((*row, checksum[:3]))
    assert _check(("latte", 1, None)) == [("latte", 1, None)]


def test_values_of_two_columns_do_not_count_as_one() -> None:
    *_, checksum = with_checksum(("a", "bc"))
    with pytest.raises(Changed):
        _check(("ab", "c", checksum))
