"""Shards are spread over nodes so that all agree, none is left over, few move, and no node has far more than others."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.simulation.spreading import NOBODY, QUIET, Spread, asks, hold_off, may_ask, weights

SHARDS = 400

ids = st.integers(0, 2**64 - 1)
nodes = st.lists(ids, min_size=1, max_size=30, unique=True)


def spread_over(found: list[int], shards: int = SHARDS) -> Spread:
    spread = Spread(shards)
    spread.change(enumerate(found), ())
    return spread


def wanted_ids(spread: Spread) -> list[int]:
    """Returns the id of the node that wants each shard."""
    return [spread.ids[number] for number in spread.wanted.tolist()]


@given(nodes)
def test_every_shard_is_wanted_by_the_node_of_the_highest_weight(found: list[int]) -> None:
    shards = np.arange(SHARDS, dtype=np.uint64)
    all_weights = weights(shards[:, None], np.array(found, dtype=np.uint64)[None, :])
    assert wanted_ids(spread_over(found)) == [found[place] for place in all_weights.argmax(axis=1).tolist()]


@given(nodes, st.randoms(use_true_random=False))
def test_nodes_agree_in_whatever_order_they_learn_of_each_other(found: list[int], random: object) -> None:
    other = list(found)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert wanted_ids(spread_over(found)) == wanted_ids(spread_over(other))


@given(nodes, ids)
def test_a_node_that_joins_takes_shards_and_moves_no_others(found: list[int], new: int) -> None:
    spread = spread_over(found)
    before = spread.wanted.copy()
    spread.change([(len(found), new)], ())
    moved = np.flatnonzero(spread.wanted != before)
    assert set(spread.wanted[moved].tolist()) <= {len(found)}


@given(st.lists(ids, min_size=2, max_size=30, unique=True), st.data())
def test_nodes_that_leave_move_their_own_shards_alone(found: list[int], data: st.DataObject) -> None:
    left = data.draw(st.sets(st.integers(0, len(found) - 1), max_size=len(found) - 1))
    spread = spread_over(found)
    before = spread.wanted.copy()
    spread.change((), left)
    moved = np.flatnonzero(spread.wanted != before)
    assert set(before[moved].tolist()) <= left
    assert not set(spread.wanted.tolist()) & (left | {NOBODY})
    assert wanted_ids(spread) == wanted_ids(
        spread_over([node for place, node in enumerate(found) if place not in left])
    )


@settings(max_examples=30)
@given(nodes)
def test_no_node_wants_far_more_shards_than_the_mean(found: list[int]) -> None:
    shards = 100 * len(found)
    counts = np.bincount(spread_over(found, shards).wanted, minlength=len(found))
    assert counts.sum() == shards
    assert counts.max() <= 100 + 6 * sqrt(100)
    assert counts.min() >= 100 - 6 * sqrt(100)


def test_without_nodes_nobody_wants_a_shard() -> None:
    spread = spread_over([1, 2])
    spread.change((), [0, 1])
    assert set(spread.wanted.tolist()) == {NOBODY}


@given(st.integers(0, 100_000))
def test_a_node_asks_for_an_eighth_and_at_last_for_all(lacking: int) -> None:
    assert lacking / 8 <= asks(lacking) < lacking / 8 + 1
    assert (asks(lacking) > 0) is (lacking > 0)


def test_a_node_asks_for_nothing_while_nodes_come_and_go_or_while_it_loads() -> None:
    assert may_ask(now=100.0, nodes_changed=100.0 - QUIET, loading=0)
    assert not may_ask(now=100.0, nodes_changed=100.1 - QUIET, loading=0)
    assert not may_ask(now=100.0, nodes_changed=0.0, loading=1)


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (2, 0), (3, 60), (4, 120), (5, 240), (9, 240)])
def test_a_shard_whose_owners_died_waits_longer_each_time(failures: int, seconds: float) -> None:
    assert hold_off(failures) == seconds
