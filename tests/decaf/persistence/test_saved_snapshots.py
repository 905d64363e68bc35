"""Snapshots are kept by name, up to a number."""

from __future__ import annotations

import pytest

from decaf.persistence.saved_snapshots import Saved, SavedSnapshots, TooManySnapshots


def _saved(name: str, at: float = 1.0) -> Saved:
    return Saved(name, at, None, 0, 0, 0, (b"{}",))


def test_a_name_that_is_used_again_keeps_its_place_even_where_there_is_no_room() -> None:
    snapshots = SavedSnapshots(2)
    for saved in (_saved("a"), _saved("b"), _saved("a", 2.0)):
        snapshots.put(saved)
    assert snapshots.all() == [_saved("a", 2.0), _saved("b")]
    assert (snapshots.find("a"), snapshots.find("c")) == (_saved("a", 2.0), None)
    with pytest.raises(TooManySnapshots) as refused:
        snapshots.put(_saved("c"))
    assert str(refused.value) == "there are 2 snapshots already, as many as max_snapshots lets be"


def test_one_that_is_removed_makes_room() -> None:
    snapshots = SavedSnapshots(1)
    snapshots.put(_saved("a"))
    assert (snapshots.remove("a"), snapshots.remove("a")) == (True, False)
    snapshots.put(_saved("b"))
    assert snapshots.all() == [_saved("b")]
