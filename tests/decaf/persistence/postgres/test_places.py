"""Which shard an account in a region gets: one that nobody has, of the node that has the fewest; and it keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from decaf.base.shard import Placed
from decaf.persistence.errors import Unusable
from decaf.persistence.postgres.ownership import Node, beat, look, take
from decaf.persistence.postgres.places import place, placed_from
from decaf.persistence.postgres.schema import VERSION, bring_up_to_date
from decaf.persistence.postgres.session import connect

REGION = "us-east-1"


def played(url: str, play: Callable[[Any, Any], Awaitable[None]], shards: int = 4) -> None:
    """Two nodes over a new database that has so many shards."""

    async def run() -> None:
        connections = [await connect(url, name) for name in ("one", "other")]
        try:
            await bring_up_to_date(connections[0], "the database", shards)
            await play(*connections)
        finally:
            for connection in connections:
                connection.terminate()

    asyncio.run(run())


async def _own(connection: Any, node: str, *shards: int) -> None:
    me = Node(node, "", VERSION)
    seen = (await beat(connection, me, 60.0)).owned
    for shard in shards:
        assert await take(connection, me, seen[shard]) is not None


async def _shards(connection: Any) -> list[int]:
    return [each.shard for each in await placed_from(connection, 0)]


def test_each_gets_a_shard_of_its_own_and_then_those_that_the_fewest_have(database: str) -> None:
    async def play(one: Any, other: Any) -> None:
        for number in range(10):
            await place((one, other)[number % 2], [(f"{number:012}", REGION)])
        assert await _shards(one) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
        assert [each.places for each in await look(other)] == [3, 3, 2, 2]

    played(database, play)


def test_the_owners_get_them_in_turn(database: str) -> None:
    async def play(one: Any, other: Any) -> None:
        await _own(one, "one", 0, 1, 2)
        await _own(other, "other", 3, 4, 5)
        for number in range(6):
            await place(one, [(f"{number:012}", REGION)])
        assert await _shards(one) == [0, 3, 1, 4, 2, 5]

    played(database, play, shards=6)


def test_many_get_shards_at_once_as_one_after_the_other(database: str) -> None:
    async def play(one: Any, other: Any) -> None:
        await _own(one, "one", 0, 1)
        await _own(other, "other", 2, 3)
        await place(one, [("000000000003", REGION)])
        many = [(f"{number:012}", REGION) for number in range(10)]
        assert await place(one, many) == [2, 1, 3, 0, 0, 2, 1, 3, 0, 2]
        assert await place(other, many) == [2, 1, 3, 0, 0, 2, 1, 3, 0, 2]
        assert [each.places for each in await look(other)] == [3, 2, 3, 2]

    played(database, play)


def test_an_account_has_a_shard_in_each_region_and_keeps_it(database: str) -> None:
    async def play(one: Any, other: Any) -> None:
        for region, shard in ((REGION, 0), ("eu-west-1", 1), (REGION, 0), ("eu-west-1", 1)):
            assert await place(one, [("000000000001", region)]) == [shard]
            assert await place(other, [("000000000001", region)]) == [shard]
        assert await placed_from(other, 0) == [
            Placed(1, "000000000001", REGION, 0),
            Placed(2, "000000000001", "eu-west-1", 1),
        ]

    played(database, play)


def test_nodes_that_ask_at_once_agree(database: str) -> None:
    async def play(one: Any, other: Any) -> None:
        async def ask(connection: Any) -> None:
            for number in range(50):
                await place(connection, [(f"{number:012}", REGION)])

        await asyncio.gather(ask(one), ask(other))
        found = await placed_from(one, 0)
        assert sorted(each.account for each in found) == [f"{number:012}" for number in range(50)]
        assert [each.places for each in await look(one)] == [13, 13, 12, 12]

    played(database, play)


def test_who_knows_a_number_knows_all_before_it(database: str) -> None:
    """Rows whose transactions end in another order than they began would be missed."""

    async def play(one: Any, other: Any) -> None:
        transaction = one.transaction()
        await transaction.start()
        await place(one, [("000000000001", REGION)])
        second = asyncio.ensure_future(place(other, [("000000000002", REGION)]))
        await asyncio.wait({second}, timeout=0.2)
        assert not second.done()
        await transaction.commit()
        await second
        assert [each.account for each in await placed_from(one, 2)] == ["000000000002"]

    played(database, play)


def test_only_those_that_came_later_are_read(database: str) -> None:
    async def play(one: Any, other: Any) -> None:
        for number in range(3):
            await place(one, [(f"{number:012}", REGION)])
        assert [each.number for each in await placed_from(other, 2)] == [2, 3]
        assert await placed_from(other, 4) == []

    played(database, play)


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "grün", "a/b", "".join(map(chr, range(1_000, 20_000)))])
def test_any_text_may_be_an_account_or_a_region(database: str, text: str) -> None:
    async def play(one: Any, other: Any) -> None:
        await place(one, [(text, REGION)])
        await place(other, [("000000000001", text)])
        assert [(each.account, each.region) for each in await placed_from(one, 0)] == [
            (text, REGION),
            ("000000000001", text),
        ]

    played(database, play)


def test_a_database_in_which_they_were_spread_by_a_hash_is_refused(database: str) -> None:
    async def play(one: Any, other: Any) -> None:
        await one.execute("UPDATE cluster SET value = '3' WHERE key = 'version'")
        with pytest.raises(Unusable, match=r"^the database is of version 3, in which accounts with several shards had"):
            await bring_up_to_date(other, "the database", 4)

    played(database, play)
