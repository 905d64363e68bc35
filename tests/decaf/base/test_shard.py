"""Which shard an account in a region has."""

from __future__ import annotations

import pytest

from decaf.base.shard import WHOLE, Placed, Shard, ShardMap

ANN, BOB = ("000000000001", "us-east-1"), ("000000000002", "us-east-1")
ABROAD = (ANN[0], "eu-west-1")


def _map(count: int, *placed: Placed) -> ShardMap:
    shards = ShardMap(count)
    shards.learn(placed)
    return shards


def test_each_account_in_a_region_has_a_shard_of_its_own() -> None:
    shards = _map(4, Placed(1, *ANN, 2), Placed(2, *ABROAD, 0))
    assert shards.find(*ANN) == 2
    assert shards.find(*ABROAD) == 0


def test_one_that_has_no_shard_is_in_none() -> None:
    shards = _map(2, Placed(1, *ANN, 1))
    assert shards.find(*BOB) is None
    assert [Shard(number, shards).holds(*BOB) for number in range(2)] == [False, False]


def test_a_shard_holds_what_has_it() -> None:
    shards = _map(2, Placed(1, *ANN, 1), Placed(2, *BOB, 0))
    assert [Shard(number, shards).holds(*ANN) for number in range(2)] == [False, True]
    assert [Shard(number, shards).holds(*BOB) for number in range(2)] == [True, False]


def test_one_shard_alone_holds_all() -> None:
    assert WHOLE.holds(*ANN)
    assert ShardMap(1).find("\ud800", "") == 0


def test_one_that_is_noted_alone_leaves_those_before_it_to_be_learned() -> None:
    shards = _map(2, Placed(1, *ANN, 1))
    shards.note(ABROAD, 0)  # the third
    assert (shards.find(*ABROAD), shards.known) == (0, 1)


def test_what_comes_later_is_learned_with_the_last_that_is_known() -> None:
    shards = _map(2, Placed(1, *ANN, 1))
    assert shards.learn([Placed(1, *ANN, 1), Placed(2, *BOB, 0)])
    assert (shards.find(*ANN), shards.find(*BOB), shards.known) == (1, 0, 2)


@pytest.mark.parametrize("placed", [[], [Placed(2, *ABROAD, 1)], [Placed(3, *ABROAD, 1)], [Placed(2, *BOB, 1)]])
def test_when_that_is_another_one_nothing_is_learned_until_all_is_forgotten(placed: list[Placed]) -> None:
    shards = _map(2, Placed(1, *ANN, 1), Placed(2, *BOB, 0))
    assert not shards.learn(placed)
    assert (shards.find(*ANN), shards.find(*BOB), shards.find(*ABROAD)) == (1, 0, None)
    shards.start_anew()
    assert shards.find(*ANN) is None
    assert shards.learn([Placed(1, *ANN, 0)])
    assert (shards.find(*ANN), shards.known) == (0, 1)
