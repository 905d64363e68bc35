"""Who owns the state: leases, takeovers, and what a stopped owner can still do. The database's clock is not moved; a
lease ends because its end is written earlier.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from decaf.persistence.postgres.ownership import (
    Lease,
    Node,
    beat,
    leave,
    look,
    nodes,
    release,
    secret,
    take,
)
from decaf.persistence.postgres.schema import VERSION, bring_up_to_date
from decaf.persistence.postgres.session import application, connect
from tests.postgres.raw import RawClient

OLD, NEW, THIRD = (Node(name, f"127.0.0.1:{port}", VERSION) for name, port in (("old", 1), ("new", 2), ("third", 3)))
TTL = 60.0  # seconds


class Nodes:
    """Connections of three nodes. The old one owns the state."""

    def __init__(self, url: str, old: Any, new: Any, third: Any) -> None:
        self.url, self.old, self.new, self.third = url, old, new, third

    async def expire(self, node: Node = OLD) -> None:
        await self.new.execute("UPDATE nodes SET expires = clock_timestamp() WHERE node = $1", node.id)


def played(url: str, play: Callable[[Nodes], Awaitable[None]]) -> None:
    async def run() -> None:
        connections = [await connect(url, node.id) for node in (OLD, NEW, THIRD)]
        try:
            await bring_up_to_date(connections[0], url)
            found = await beat(connections[0], OLD, TTL)
            assert await take(connections[0], OLD, found.owned[0]) == Lease(0, "old", 1, 0)
            for connection, node in zip(connections[1:], (NEW, THIRD), strict=True):
                await beat(connection, node, TTL)
            await play(Nodes(url, *connections))
        finally:
            for connection in connections:
                connection.terminate()

    asyncio.run(run())


def test_a_state_that_nobody_owns_is_taken_at_once_and_by_one_alone(database: str) -> None:
    async def play(all_: Nodes) -> None:
        assert await release(all_.old, Lease(0, "old", 1, 0))
        (seen,) = await look(all_.new)
        assert (seen.owner, seen.epoch) == (None, 2)
        taken = await asyncio.gather(take(all_.new, NEW, seen), take(all_.third, THIRD, seen))
        assert [lease.epoch for lease in taken if lease is not None] == [3]

    played(database, play)


def test_a_lease_that_lasts_is_not_taken(database: str) -> None:
    async def play(all_: Nodes) -> None:
        (seen,) = await look(all_.new)
        assert 0 < seen.left <= TTL
        assert (seen.owner, seen.address, seen.seq) == ("old", OLD.address, 0)
        assert await take(all_.new, NEW, seen) is None
        assert (await look(all_.new))[0].owner == "old"

    played(database, play)


def test_an_expired_lease_is_taken_by_one_alone_and_its_sessions_end(database: str) -> None:
    async def play(all_: Nodes) -> None:
        await all_.expire()
        (seen,) = await look(all_.new)
        taken = await asyncio.gather(take(all_.new, NEW, seen), take(all_.third, THIRD, seen))
        assert [lease.epoch for lease in taken if lease is not None] == [2]
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await all_.old.fetchval("SELECT 1")
        assert {each.node.id for each in await nodes(all_.new)} == {"new", "third"}

    played(database, play)


def test_a_beat_after_a_takeover_tells_the_old_owner_of_it(database: str) -> None:
    async def play(all_: Nodes) -> None:
        await all_.expire()
        assert await take(all_.new, NEW, (await look(all_.new))[0])
        again = await connect(all_.url, "old")
        assert (await beat(again, OLD, TTL)).owned[0].owner == "new"
        assert not await release(again, Lease(0, "old", 1, 0))
        again.terminate()

    played(database, play)


def test_a_beat_that_comes_in_time_prevents_the_takeover_that_has_begun(database: str) -> None:
    """The beat holds the row of its node when the other has seen that the lease has expired."""

    async def play(all_: Nodes) -> None:
        await all_.expire()
        (seen,) = await look(all_.new)
        other = await connect(all_.url, "a session that a takeover does not end")
        await other.execute("BEGIN")
        await beat(other, OLD, TTL)
        taking = asyncio.create_task(take(all_.new, NEW, seen))
        await _until_it_waits_for_a_lock(all_.third, NEW)
        await other.execute("COMMIT")
        assert await taking is None
        assert (await look(all_.new))[0].owner == "old"
        other.terminate()

    played(database, play)


def test_a_takeover_that_has_begun_is_seen_by_the_beat_that_waits_for_it(database: str) -> None:
    async def play(all_: Nodes) -> None:
        await all_.expire()
        await all_.new.execute("BEGIN")
        lease = await take(all_.new, NEW, (await look(all_.new))[0])
        again = await connect(all_.url, "old")
        beating = asyncio.create_task(beat(again, OLD, TTL))
        await _until_it_waits_for_a_lock(all_.third, OLD)
        await all_.new.execute("COMMIT")
        (owned,) = (await beating).owned
        assert lease is not None
        assert (owned.owner, owned.epoch) == ("new", lease.epoch)
        again.terminate()

    played(database, play)


def test_a_takeover_of_an_owner_that_is_in_no_list_excludes_its_beat_too(database: str) -> None:
    async def play(all_: Nodes) -> None:
        await leave(all_.old, OLD)
        await all_.new.execute("BEGIN")
        (seen,) = await look(all_.new)
        assert (seen.owner, seen.address) == ("old", None)
        assert await take(all_.new, NEW, seen)
        again = await connect(all_.url, "old")
        beating = asyncio.create_task(beat(again, OLD, TTL))
        await _until_it_waits_for_a_lock(all_.third, OLD)
        await all_.new.execute("COMMIT")
        assert (await beating).owned[0].owner == "new"
        again.terminate()

    played(database, play)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE shards SET seq = seq + 1",  # what a commit holds
        "UPDATE nodes SET expires = expires WHERE node = 'old'",  # what a beat holds
    ],
)
def test_a_client_that_is_stopped_in_a_transaction_holds_up_no_takeover(database: str, statement: str) -> None:
    async def play(all_: Nodes) -> None:
        await all_.expire()
        await all_.old.execute("BEGIN")
        await all_.old.execute(statement)
        lease = await take(all_.new, NEW, (await look(all_.new))[0])
        assert lease == Lease(0, "new", 2, 0)

    played(database, play)


def test_a_client_that_is_stopped_within_a_statement_of_its_own_holds_up_no_takeover(database: str) -> None:
    """It is not idle in a transaction, and no statement runs: no time-out of the database ends it."""

    async def play(all_: Nodes) -> None:
        await all_.expire()
        stopped = RawClient(database, application(OLD.id))
        stopped.execute_without_end("UPDATE decaf.shards SET seq = seq + 1")
        lease = await take(all_.new, NEW, (await look(all_.new))[0])
        assert lease == Lease(0, "new", 2, 0), "and what was not committed is undone"
        assert stopped.is_ended()
        stopped.close()

    played(database, play)


def test_a_key_share_lock_would_not_fence(database: str) -> None:
    """Why a commit updates the row: the weakest lock on it lets a takeover pass."""

    async def play(all_: Nodes) -> None:
        other = await connect(all_.url, "a session that a takeover does not end")
        await other.execute("BEGIN")
        assert await other.fetchval("SELECT owner FROM shards FOR KEY SHARE") == "old"
        await all_.expire()
        assert await take(all_.new, NEW, (await look(all_.new))[0])
        assert await other.fetchval("SELECT 'it goes on to write'") == "it goes on to write"
        other.terminate()

    played(database, play)


def test_nodes_know_each_other_by_one_secret(database: str) -> None:
    async def play(all_: Nodes) -> None:
        found = await secret(all_.old)
        assert len(found) == 32
        assert await secret(all_.new) == found

    played(database, play)


async def _until_it_waits_for_a_lock(connection: Any, node: Node) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'"
    while not await connection.fetchval(waiting, f"decaf {node.id}"):
        pass


def test_a_node_takes_again_what_it_took_without_getting_the_answer(database: str) -> None:
    async def play(all_: Nodes) -> None:
        (seen,) = await look(all_.old)
        assert (seen.owner, seen.epoch) == ("old", 1)
        assert await take(all_.old, OLD, seen) == Lease(0, "old", 2, 0)
        assert 0 < (await look(all_.new))[0].left <= TTL  # it is still in the list of nodes
        assert await take(all_.old, OLD, seen) is None

    played(database, play)
