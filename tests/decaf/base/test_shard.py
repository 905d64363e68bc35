"""Which shard an account in a region falls to."""

from __future__ import annotations

from collections import Counter

import pytest

from decaf.base.shard import WHOLE, Shard, shard_of

ACCOUNTS = [f"{number:012}" for number in range(1_000)]
REGIONS = [
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-central-1", "eu-north-1"),
    *("ap-south-1", "ap-southeast-1", "ap-northeast-1", "ca-central-1", "sa-east-1", "me-south-1", "af-south-1"),
]


def test_it_is_the_same_for_ever() -> None:
    assert [shard_of("000000000000", region, 16) for region in REGIONS[:5]] == [9, 7, 12, 14, 5]
    assert [shard_of(account, "us-east-1", 16) for account in ACCOUNTS[1:6]] == [0, 4, 5, 11, 5]


@pytest.mark.parametrize("count", [2, 3, 4, 16, 256])
def test_accounts_of_one_region_are_spread_evenly(count: int) -> None:
    counts = Counter(shard_of(account, "us-east-1", count) for account in ACCOUNTS)
    assert len(counts) == count or count == 256
    assert max(counts.values()) < 2 * len(ACCOUNTS) / count + 12


@pytest.mark.parametrize("count", [2, 3, 4])
def test_regions_of_one_account_are_spread_and_otherwise_for_another(count: int) -> None:
    spread = {tuple(shard_of(account, region, count) for region in REGIONS) for account in ACCOUNTS}
    assert len(spread) > 0.9 * len(ACCOUNTS)
    assert sum(len({*shards}) == count for shards in spread) > 0.9 * len(ACCOUNTS)


def test_two_regions_are_neither_always_together_nor_never() -> None:
    together = sum(shard_of(account, "us-east-1", 2) == shard_of(account, "us-east-2", 2) for account in ACCOUNTS)
    assert 400 < together < 600


def test_a_shard_holds_what_falls_to_it_and_one_alone_holds_all() -> None:
    for account in ACCOUNTS[:20]:
        for region in REGIONS:
            holders = [number for number in range(4) if Shard(number, 4).holds(account, region)]
            assert holders == [shard_of(account, region, 4)]
            assert WHOLE.holds(account, region)


def test_any_text_falls_to_a_shard() -> None:
    assert 0 <= shard_of("\ud800", "", 4) < 4
