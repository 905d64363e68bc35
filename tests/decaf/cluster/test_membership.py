"""Nodes that share a real database: who is active, and what each knows of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from decaf.base.shard import ShardMap
from decaf.cluster.lease import State
from decaf.cluster.membership import Membership, View
from decaf.persistence.errors import Unusable
from decaf.persistence.postgres.places import MOST_AT_ONCE
from decaf.persistence.postgres.session import connect
from tests.postgres.pooler import pooler
from tests.postgres.server import Postgres, running

TTL = 1.0
ANN, ABROAD, BOB = ("000000000001", "us-east-1"), ("000000000001", "eu-west-1"), ("000000000002", "us-east-1")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.make_database()


class Node:
    """A node without a world: it loads in no time, unless it hangs."""

    def __init__(self, url: str, name: str) -> None:
        self.membership = Membership(url, name, TTL, self._changed)
        self.views: list[View] = []
        self.hangs = False

    @property
    def state(self) -> State:
        return self.views[-1].state if self.views else State.NONE

    def _changed(self, views: list[View]) -> None:
        if not self.hangs:
            self.membership.pulse()
        (view,) = views
        self.views.append(view)
        if view.state is State.LOADING and view.lease is not None:
            self.membership.loaded(view.lease)

    async def start(self) -> bytes:
        secret = await self.membership.join()
        self.membership.begin(f"127.0.0.1:{len(self.membership.node)}")
        return secret

    def has_beaten(self) -> bool:
        return self.membership.counts.beats > 0

    async def leave(self) -> None:
        self.membership.drain()
        await self.membership.stop(10)


@asynccontextmanager
async def nodes(url: str, *names: str) -> AsyncIterator[list[Node]]:
    found = [Node(url, name) for name in names]
    try:
        for node in found:
            await node.start()
            await until(lambda: any(each.state is State.OWNED for each in found))
            await until(node.has_beaten)
        yield found
    finally:
        for node in found:
            await node.leave()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


def test_one_of_several_nodes_is_active_and_all_know_it(url: str) -> None:
    async def play() -> None:
        async with nodes(url, "a", "bb", "ccc") as (first, second, third):
            await until(lambda: all(each.views and each.views[-1].owned for each in (second, third)))
            assert [first.state, second.state, third.state] == [State.OWNED, State.NONE, State.NONE]
            for node in (second, third):
                owned = node.views[-1].owned
                assert owned is not None
                assert (owned.owner, owned.address, owned.epoch) == ("a", "127.0.0.1:1", 1)
            found, (owned,) = await second.membership.nodes()
            assert ([each.node.id for each in found], owned.owner) == (["a", "bb", "ccc"], "a")

    asyncio.run(play())


def test_nodes_have_one_secret(url: str) -> None:
    async def play() -> None:
        found = [Node(url, "a"), Node(url, "b")]
        secrets = [await node.start() for node in found]
        for node in found:
            await node.leave()
        assert secrets[0] == secrets[1]
        assert len(secrets[0]) == 32

    asyncio.run(play())


def test_a_node_that_leaves_is_followed_at_once_when_another_looks(url: str) -> None:
    async def play() -> None:
        async with nodes(url, "a", "b") as (first, second):
            await first.leave()
            second.membership.look()
            await until(lambda: second.state is State.OWNED)
            assert second.views[-1].lease is not None
            assert second.views[-1].lease.epoch == 3  # the release has one of its own
            assert [each.node.id for each in (await second.membership.nodes())[0]] == ["b"]

    asyncio.run(play())


def test_a_node_whose_loop_hangs_is_followed_and_learns_it(url: str) -> None:
    async def play() -> None:
        async with nodes(url, "a", "b") as (first, second):
            first.hangs = True
            await until(lambda: second.state is State.OWNED)
            assert first.state is not State.OWNED
            first.membership.pulse()
            first.hangs = False
            await until(lambda: first.views[-1].lease is None)

    asyncio.run(play())


def test_an_owner_is_suspended_while_the_database_is_down_and_goes_on_after(postgres: Postgres, url: str) -> None:
    async def play() -> None:
        async with nodes(url, "a", "b") as (first, second):
            await asyncio.to_thread(postgres.stop, "immediate")
            await until(lambda: first.state is State.SUSPENDED)
            await asyncio.to_thread(postgres.start)
            await until(lambda: first.state is State.OWNED)
            assert first.views[-1].lease is not None
            assert first.views[-1].lease.epoch == 1
            assert second.state is State.NONE

    asyncio.run(play())


def test_each_new_reason_why_the_database_is_not_reached_is_logged(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        node = Node(postgres.url("later"), "a")
        joining = asyncio.create_task(node.start())
        await until(lambda: "does not exist" in caplog.text)
        postgres.execute("CREATE DATABASE later ALLOW_CONNECTIONS false")
        await until(lambda: "not currently accepting connections" in caplog.text)
        postgres.execute("ALTER DATABASE later ALLOW_CONNECTIONS true")
        await joining
        await node.leave()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        (
            "sslmode=bogus",
            "`sslmode` parameter must be one of: disable, allow, prefer, require, verify-ca, verify-full",
        ),
        ("no_such_setting=1", 'unrecognized configuration parameter "no_such_setting"'),
        ("work_mem=much", 'invalid value for parameter "work_mem": "much"'),
    ],
)
def test_a_url_that_can_never_work_is_refused_with_the_reason(postgres: Postgres, parameters: str, reason: str) -> None:
    server = f"127.0.0.1:{postgres.port}/postgres"

    async def play() -> None:
        node = Node(f"postgresql://decaf:secret@{server}?{parameters}", "a")
        with pytest.raises(Unusable, match=f"^{re.escape(f'postgresql://decaf@{server}: {reason}')}$"):
            await node.start()
        await node.membership.stop(0)

    asyncio.run(play())


@pytest.mark.parametrize("refuses", [True, False])
def test_a_pooler_that_drops_the_settings_of_a_session_is_refused(url: str, refuses: bool) -> None:
    async def play() -> None:
        async with pooler(url, refuses) as through:
            node = Node(through, "a")
            with pytest.raises(Unusable, match=r"nodes connect to the server itself, not to a pooler$"):
                await node.start()
            await node.membership.stop(0)

    asyncio.run(play())


def test_a_node_that_may_not_write_owns_nothing_until_it_may(
    postgres: Postgres, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = url.rpartition("/")[2]

    def execute(statement: str) -> None:
        postgres.execute(statement, name)

    async def play() -> None:
        async with nodes(url, "a", "b") as (first, second):
            await asyncio.to_thread(execute, "CREATE ROLE waiter LOGIN")
            await asyncio.to_thread(execute, "GRANT ALL ON SCHEMA decaf TO waiter")
            await asyncio.to_thread(execute, "GRANT ALL ON ALL TABLES IN SCHEMA decaf TO waiter")
            third = Node(url.replace("decaf@", "waiter@"), "c")
            await third.start()
            await second.leave()
            await first.leave()
            await until(lambda: third.state is State.OWNED)
            await asyncio.to_thread(execute, "REVOKE INSERT ON decaf.bodies, decaf.states FROM waiter")
            await until(lambda: third.state is State.SUSPENDED)
            assert "the role waiter may not read and change bodies, states" in caplog.text
            fourth = Node(url, "d")
            await fourth.start()
            await until(lambda: fourth.state is State.OWNED)
            await asyncio.to_thread(execute, "GRANT INSERT ON decaf.bodies, decaf.states TO waiter")
            await until(lambda: third.membership.left > 0)
            for node in (third, fourth):
                await node.leave()

    asyncio.run(play())


def test_the_time_is_the_databases(url: str) -> None:
    async def play() -> None:
        async with nodes(url, "a") as (first,):
            shown = first.membership.time.now()
            (seen,), _ = await first.membership.nodes()
            assert abs(shown - seen.since) < 30

    asyncio.run(play())


def test_a_database_of_a_later_version_is_refused(postgres: Postgres, url: str) -> None:
    async def play() -> None:
        node = Node(url, "a")
        await node.start()
        await node.leave()
        later = "UPDATE decaf.cluster SET value = '99' WHERE key = 'version'"
        await asyncio.to_thread(postgres.execute, later, url.rpartition("/")[2])
        other = Node(url, "b")
        with pytest.raises(Unusable, match="is of version 99"):
            await other.start()
        await other.membership.stop(0)

    asyncio.run(play())


class NodeOfFour(Node):
    """A node of four shards."""

    def __init__(self, url: str, name: str) -> None:
        self.shards = ShardMap(4)
        self.membership = Membership(url, name, TTL, self._changed, shards=self.shards)

    def _changed(self, views: list[View]) -> None:
        self.membership.pulse()
        for view in views:
            if view.state is State.LOADING and view.lease is not None:
                self.membership.loaded(view.lease)


@asynccontextmanager
async def two_with_shards(url: str) -> AsyncIterator[tuple[NodeOfFour, NodeOfFour]]:
    first, second = NodeOfFour(url, "a"), NodeOfFour(url, "b")
    for node in (first, second):
        await node.start()
    try:
        yield first, second
    finally:
        for node in (first, second):
            await node.leave()


def test_what_one_node_has_placed_the_other_learns_with_its_beats(url: str) -> None:
    async def play() -> None:
        async with two_with_shards(url) as (first, second):
            await first.membership.place([ANN, ABROAD])
            found = [first.shards.find(*place) for place in (ANN, ABROAD)]
            assert len({*found} - {None}) == 2
            await until(lambda: second.shards.known == 2)
            assert [second.shards.find(*place) for place in (ANN, ABROAD)] == found

    asyncio.run(play())


def test_nodes_that_place_at_once_agree_and_one_that_starts_later_knows(url: str) -> None:
    async def play() -> None:
        places = [(f"{number:012}", "us-east-1") for number in range(30)]
        async with two_with_shards(url) as (first, second):
            asked = [node.membership.place([place]) for place in places for node in (first, second)]
            await asyncio.gather(*asked)
            found = [first.shards.find(*place) for place in places]
            assert [second.shards.find(*place) for place in places] == found
            assert None not in found
            third = NodeOfFour(url, "c")
            await third.start()
            assert [third.shards.find(*place) for place in places] == found
            await third.leave()

    asyncio.run(play())


def test_nothing_is_placed_while_the_database_is_away(postgres: Postgres, url: str) -> None:
    async def play() -> None:
        async with two_with_shards(url) as (first, _):
            name = url.rpartition("/")[2].partition("?")[0]
            postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            with pytest.raises(ConnectionError):
                await first.membership.place([ANN])
            postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await first.membership.place([ANN])
            assert first.shards.find(*ANN) is not None

    asyncio.run(play())


def test_what_a_database_has_lost_is_forgotten_by_all(postgres: Postgres, url: str) -> None:
    """A standby that is promoted may not have all: in place of what it lacks, accounts get other shards."""

    async def play() -> None:
        async with two_with_shards(url) as (first, second):
            await first.membership.place([ANN, BOB, ABROAD])
            await until(lambda: second.shards.known == 3)
            name = url.rpartition("/")[2]
            postgres.execute("DELETE FROM decaf.places WHERE number > 1", name)
            postgres.execute("ALTER TABLE decaf.places ALTER number RESTART WITH 2", name)
            await until(lambda: all(node.shards.known == 1 for node in (first, second)))
            assert [second.shards.find(*place) for place in (BOB, ABROAD)] == [None, None]
            await second.membership.place([ABROAD])
            await until(lambda: all(node.shards.known == 2 for node in (first, second)))
            assert first.shards.find(*ANN) == second.shards.find(*ANN)
            assert first.shards.find(*ABROAD) == second.shards.find(*ABROAD)

    asyncio.run(play())


def test_many_get_shards_in_several_statements_and_those_that_come_meanwhile_too(url: str) -> None:
    async def play() -> None:
        async with two_with_shards(url) as (first, _):
            many = [(f"{number:012}", "us-east-1") for number in range(3 * MOST_AT_ONCE)]
            await asyncio.gather(first.membership.place(many), *(first.membership.place([each]) for each in many[:50]))
            assert None not in [first.shards.find(*place) for place in many]

    asyncio.run(play())


def test_who_is_cancelled_makes_no_further_connection_and_stops_no_other(postgres: Postgres, url: str) -> None:
    async def play() -> None:
        async with two_with_shards(url) as (first, _):
            connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            name = url.rpartition("/")[2]
            before = postgres.execute(connections, name)[0][0]
            stalled = await connect(url, "stalled")
            await stalled.execute("BEGIN; SELECT 1 FROM cluster WHERE key = 'secret' FOR UPDATE")
            waiting = asyncio.ensure_future(first.membership.place([ANN]))
            for number in range(50):
                gone = asyncio.ensure_future(first.membership.place([(f"{number:012}", "eu-west-1")]))
                await asyncio.wait({gone}, timeout=0.005)
                gone.cancel()
            assert postgres.execute(connections, name)[0][0] <= before + 3
            await stalled.execute("COMMIT")
            await waiting
            assert first.shards.find(*ANN) is not None
            await stalled.close()

    asyncio.run(play())
