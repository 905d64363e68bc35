"""One mark of the marks of several shards."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.base.settings import Settings
from decaf.control import marks
from decaf.control.events import CurrentMark
from decaf.control.route import Refused

MARKS = st.lists(st.integers(0, (1 << 40) - 1), min_size=2, max_size=256)


@given(MARKS, st.integers(0, 255))
def test_the_marks_of_all_shards_are_read_back(each: list[int], shard: int) -> None:
    mark = marks.join(each, shard)
    assert marks.split(mark, len(each)) == each
    assert marks.shard_of(mark) == shard


@given(MARKS, st.data())
def test_it_grows_as_the_mark_of_any_shard_does(each: list[int], data: st.DataObject) -> None:
    later = [data.draw(st.integers(mark, (1 << 40) - 1)) for mark in each]
    assert (marks.join(later) > marks.join(each)) == (later != each)


@given(st.integers(1, (1 << 53) - 1), st.integers(2, 256))
def test_a_mark_of_one_shard_is_not_one_of_all(mark: int, count: int) -> None:
    with pytest.raises(Refused, match=f"there is no mark {mark} here"):
        marks.split(mark, count)


def test_zero_is_the_beginning_of_all() -> None:
    assert marks.split(0, 3) == [0, 0, 0]


def test_a_thing_of_one_shard_is_found_by_a_mark_of_all() -> None:
    mark = marks.of_one(7, 2, 4)
    assert (marks.shard_of(mark), marks.split(mark, 4)) == (2, [0, 0, 7, 0])


def test_marks_of_as_many_shards_as_can_be_set_are_written_in_decimals() -> None:
    most = max(count for count in range(1, 2_000) if _can_be_set(count))
    mark = CurrentMark(mark=marks.join([(1 << 40) - 1] * most))
    assert msgspec.json.decode(msgspec.json.encode(mark), type=CurrentMark) == mark


def _can_be_set(shards: int) -> bool:
    try:
        msgspec.convert({"shards": shards}, Settings)
    except msgspec.ValidationError:
        return False
    return True
