"""A node with several shards: how many it takes, when it hands one over, and that no shard ever has two owners."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.cluster.lease import ShardLease, State
from decaf.cluster.machine import LeaseMachine, Statement
from decaf.persistence.postgres.ownership import Lease, Owned

TTL = 4.0
LONG = bool(os.environ.get("DECAF_LONG"))


@dataclass
class Tables:
    """What the statements do to the tables, by the database's clock. Each is one moment, as in the database."""

    shards: int
    now: float = 1_000.0
    expires: dict[str, float] = field(default_factory=dict)
    rows: dict[int, Owned] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = {shard: Owned(shard, None, 0, 0, None, 0.0, None) for shard in range(self.shards)}

    def see(self) -> tuple[Owned, ...]:
        return tuple(
            replace(row, left=self.expires.get(row.owner or "", -inf) - self.now) for row in self.rows.values()
        )

    def alive(self) -> tuple[str, ...]:
        return tuple(node for node, expires in self.expires.items() if expires > self.now)

    def beat(self, node: str) -> tuple[tuple[Owned, ...], tuple[str, ...]]:
        self.expires[node] = self.now + TTL
        return self.see(), self.alive()

    def take(self, node: str, seen: Owned) -> Lease | None:
        row = self.rows[seen.shard]
        if seen.epoch != row.epoch:
            return None
        if row.owner not in (None, node) and self.expires.get(row.owner or "", -inf) > self.now:
            return None
        self.rows[row.shard] = replace(row, owner=node, epoch=row.epoch + 1)
        return Lease(row.shard, node, row.epoch + 1, row.seq)

    def release(self, lease: Lease, wanted: str | None) -> None:
        row = self.rows[lease.shard]
        if (row.owner, row.epoch) == (lease.owner, lease.epoch):
            self.rows[row.shard] = replace(row, owner=None, epoch=row.epoch + 1, wanted=wanted)

    def owned_by(self, node: str) -> list[int]:
        return [row.shard for row in self.rows.values() if row.owner == node]


class Node:
    """A machine that is run as a node runs it. What it hands over is written at once."""

    def __init__(self, name: str, tables: Tables) -> None:
        self.name = name
        self.tables = tables
        self.machine = LeaseMachine(name, TTL, lambda: 0.5, tables.shards)
        self.asked: tuple[Statement, ShardLease | None, float, Callable[[], Any]] | None = None

    def ask(self) -> bool:
        """Send the next statement, if there is one and none is under way."""
        if self.asked is not None or (asked := self.machine.next(self.tables.now)) is None:
            return False
        statement, of = asked
        tables = self.tables
        seen, lease = (None, None) if of is None else (of.seen, of.lease)
        if statement is Statement.BEAT:
            do: Callable[[], Any] = lambda: tables.beat(self.name)  # noqa: E731
        elif statement is Statement.TAKE:
            assert seen is not None
            do = lambda: tables.take(self.name, seen)  # noqa: E731
        elif statement is Statement.RELEASE:
            assert of is not None
            assert lease is not None
            wanted = of.wanted
            do = lambda: tables.release(lease, wanted)  # noqa: E731
        elif statement is Statement.LOOK:
            do = tables.see
        else:
            do = lambda: tables.expires.pop(self.name, None)  # noqa: E731
        self.asked = statement, of, tables.now, do
        return True

    def answer(self) -> None:
        """The database does what was sent, and the answer arrives."""
        assert self.asked is not None
        (statement, of, sent, do), now = self.asked, self.tables.now
        self.asked, answer = None, do()
        if statement is Statement.BEAT:
            owned, alive = answer
            self.machine.beat_answered(sent, now, owned, alive, [0] * self.tables.shards)
        elif statement is Statement.LOOK:
            self.machine.looked(now, answer)
        elif statement is Statement.TAKE:
            assert of is not None
            of.taken(now, answer)
        elif statement is Statement.RELEASE:
            assert of is not None
            of.released(now)
        else:
            self.machine.has_left()

    def lose(self, is_done: bool) -> None:
        """The connection breaks; what was sent was done or was not."""
        if self.asked is not None:
            if is_done:
                self.asked[3]()
            self.asked = None
            self.machine.failed(self.tables.now)

    def load(self) -> None:
        for lease in self.machine.leases:
            if lease.lease is not None:
                lease.loaded(lease.lease.epoch)

    def write(self) -> None:
        """Write what is left of shards that are handed over."""
        for lease in self.machine.leases:
            if lease.lease is not None and lease.state(self.tables.now) is State.DRAINING:
                lease.emptied(lease.lease.epoch)

    def run(self) -> None:
        """Do all that is to be done now, with a database that answers at once."""
        self.machine.pulse(self.tables.now)
        self.write()
        while self.ask():
            self.answer()
            self.load()
            self.write()

    def owns(self) -> list[int]:
        return [each.shard for each in self.machine.leases if each.state(self.tables.now) is State.OWNED]


def pass_time(seconds: float, *nodes: Node) -> None:
    """Let time pass, in steps of a tenth of a second, and these nodes do what they do."""
    for _ in range(round(seconds * 10)):
        nodes[0].tables.now += 0.1
        for node in nodes:
            node.run()


@pytest.fixture
def tables() -> Tables:
    return Tables(8)


def started(tables: Tables, *names: str) -> list[Node]:
    """Returns nodes that have started one after the other, and have run for long."""
    nodes: list[Node] = []
    for name in names:
        nodes.append(Node(name, tables))
        pass_time(1, *nodes)
    pass_time(20 * TTL, *nodes)
    return nodes


def counts(*nodes: Node) -> list[int]:
    return [len(node.owns()) for node in nodes]


def test_one_node_alone_owns_all_shards(tables: Tables) -> None:
    (node,) = started(tables, "a")
    assert node.owns() == [*range(8)]


def test_only_so_many_shards_are_loaded_at_the_same_time(tables: Tables) -> None:
    node = Node("a", tables)
    node.machine.pulse(tables.now)
    while node.ask():
        node.answer()
    assert len(tables.owned_by("a")) == 4
    node.load()
    while node.ask():
        node.answer()
    assert len(tables.owned_by("a")) == 8


@pytest.mark.parametrize(("names", "expected"), [("ab", [4, 4]), ("abc", [3, 3, 2]), ("abcdefghij", [1] * 8 + [0] * 2)])
def test_shards_are_spread_over_the_nodes(tables: Tables, names: str, expected: list[int]) -> None:
    assert sorted(counts(*started(tables, *names)), reverse=True) == expected


def test_nothing_moves_once_the_shards_are_spread(tables: Tables) -> None:
    nodes = started(tables, *"abc")
    before = [row.epoch for row in tables.rows.values()]
    pass_time(100, *nodes)
    assert [row.epoch for row in tables.rows.values()] == before


def test_nothing_moves_soon_after_a_node_has_come(tables: Tables) -> None:
    (first,) = started(tables, "a")
    second = Node("b", tables)
    pass_time(2 * TTL - 0.5, first, second)
    assert counts(first, second) == [8, 0]
    pass_time(4, first, second)
    assert counts(first, second)[1] > 0


def test_a_shard_moves_when_the_one_before_has_arrived(tables: Tables) -> None:
    (first,) = started(tables, "a")
    second = Node("b", tables)
    pass_time(2 * TTL, first, second)
    for _ in range(100):
        tables.now += 0.1
        first.run()
        second.run()
        assert sum(row.owner is None for row in tables.rows.values()) <= 1


def test_the_shards_of_a_dead_node_are_shared_by_the_others(tables: Tables) -> None:
    first, second, third = started(tables, *"abc")
    pass_time(TTL + 2, second, third)
    assert sorted([*second.owns(), *third.owns()]) == [*range(8)]
    assert counts(second, third) == [4, 4]
    assert first.owns() == []


def test_a_node_takes_more_than_its_share_rather_than_leave_a_shard_alone(tables: Tables) -> None:
    first, second = started(tables, *"ab")
    tables.expires["c"] = inf  # a node that never takes anything, and counts as one that lives
    pass_time(1.5, first, second)
    pass_time(TTL + 2, first)
    assert first.owns() == [*range(8)]


def test_a_node_that_stops_leaves_its_shards_to_others(tables: Tables) -> None:
    first, second = started(tables, *"ab")
    first.machine.drain()
    first.run()
    second.machine.look_now(tables.now)
    second.run()
    assert second.owns() == [*range(8)]
    first.machine.leave()
    first.run()
    assert first.machine.left


def test_a_shard_that_is_left_to_another_node_is_taken_by_any_if_that_does_not_come(tables: Tables) -> None:
    first, second, third = started(tables, *"abc")
    first.machine.drain()
    first.run()
    (wanted,) = {row.wanted for row in tables.rows.values() if row.owner is None}
    other = third if wanted == "b" else second
    pass_time(0.7, other)
    assert len(other.owns()) < 6
    pass_time(1.0, other)
    assert len(other.owns()) == 8 - len((second if other is third else third).owns())


def test_a_shard_that_comes_back_while_what_was_left_is_written_is_kept(tables: Tables) -> None:
    (node,) = started(tables, "a")
    shard = node.machine.leases[0]
    assert shard.lease is not None
    before = shard.lease
    shard.hand_over("b")
    shard.fenced(tables.now, before.epoch)
    while node.ask():  # nothing is written yet
        node.answer()
        node.load()
    shard.emptied(before.epoch)
    assert node.machine.next(tables.now) is None
    assert node.owns() == [*range(8)]


class Simulation:
    """Some nodes, the tables, and what may go wrong between them. Each `step` is chosen by numbers."""

    def __init__(self, count: int, shards: int) -> None:
        self.tables = Tables(shards)
        self.nodes = [Node(str(number), self.tables) for number in range(count)]
        self.started = count
        self.stopped: set[int] = set()
        self.owners: dict[tuple[int, int], str] = {}  # by shard and epoch

    def step(self, what: int, who: int) -> None:
        who %= len(self.nodes)
        node = self.nodes[who]
        if what < 30:
            self.tables.now += (0.01, 0.05, 0.1, 0.3, 1.0)[what % 5]
        elif what < 33:
            self.stopped ^= {who}
        elif who not in self.stopped:
            self._run(node, what)
        if node.machine.left:
            self.started += 1
            self.nodes[who] = Node(str(self.started), self.tables)
        self.check()

    def _run(self, node: Node, what: int) -> None:
        if what < 38:
            node.lose(is_done=what % 2 == 0)
        elif what < 65:
            node.lose(is_done=True)
            node.run()
        elif what < 80:
            node.machine.pulse(self.tables.now)
            if not node.ask() and node.asked is not None:
                node.answer()
        elif what < 90:
            node.load()
        elif what < 95:
            node.write()
        elif what < 97:
            node.machine.drain()
        elif what < 98:
            node.machine.drain()
            node.machine.leave()
        else:
            for lease in node.machine.leases[:1]:
                if lease.lease is not None and lease.state(self.tables.now) is State.LOADING:
                    lease.load_failed(self.tables.now, lease.lease.epoch)

    def check(self) -> None:
        owned: set[int] = set()
        for node in self.nodes:
            for lease in node.machine.leases:
                is_owner = lease.state(self.tables.now) is State.OWNED
                assert (self.tables.now < lease.owned_until) == is_owner
                if lease.lease is not None:
                    assert self.owners.setdefault((lease.shard, lease.lease.epoch), node.name) == node.name
                if is_owner:
                    assert lease.shard not in owned, "two nodes own a shard"
                    owned.add(lease.shard)


_STEPS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 2)), max_size=300)


@settings(max_examples=1_000 if LONG else 100, deadline=None)
@given(count=st.integers(2, 3), shards=st.integers(1, 5), steps=_STEPS)
def test_never_do_two_nodes_own_a_shard(count: int, shards: int, steps: list[tuple[int, int]]) -> None:
    simulation = Simulation(count, shards)
    for what, who in steps:
        simulation.step(what, who)


@pytest.mark.parametrize("seed", range(4))
def test_never_do_two_nodes_own_a_shard_in_a_long_run(seed: int) -> None:
    """Random steps of long runs reach takeovers that short ones do not."""
    owners = 0
    for run in range(1_000 if LONG else 10):
        chance = random.Random(seed * 10_000 + run)
        simulation = Simulation(3, 5)
        for _ in range(1_000):
            simulation.step(chance.randrange(100), chance.randrange(3))
        owners += len(simulation.owners)
    assert owners > 100
