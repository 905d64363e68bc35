"""A node with several shards: how many it takes, when it hands one over, and that no shard ever has two owners."""

from __future__ import annotations

import random
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.cluster.lease import State
from tests.decaf.cluster.machines import LONG, TTL, Node, Tables, pass_time


@pytest.fixture
def tables() -> Tables:
    return Tables(8)


def started(tables: Tables, *names: str) -> list[Node]:
    """Returns nodes that have started one after the other, and have run for long."""
    nodes: list[Node] = []
    for name in names:
        nodes.append(Node(name, tables, writes=True))
        pass_time(1, *nodes)
    pass_time(20 * TTL, *nodes)
    return nodes


def counts(*nodes: Node) -> list[int]:
    return [len(node.owns()) for node in nodes]


def test_one_node_alone_owns_all_shards(tables: Tables) -> None:
    (node,) = started(tables, "a")
    assert node.owns() == [*range(8)]


def test_only_so_many_shards_are_loaded_at_the_same_time(tables: Tables) -> None:
    node = Node("a", tables, writes=True)
    node.machine.pulse(tables.now)
    while node.ask() is not None:
        node.finish()
    assert len(tables.owned_by("a")) == 4
    node.load()
    while node.ask() is not None:
        node.finish()
    assert len(tables.owned_by("a")) == 8


@pytest.mark.parametrize(("names", "expected"), [("ab", [4, 4]), ("abc", [3, 3, 2]), ("abcdefghij", [1] * 8 + [0] * 2)])
def test_shards_are_spread_over_the_nodes(tables: Tables, names: str, expected: list[int]) -> None:
    assert sorted(counts(*started(tables, *names)), reverse=True) == expected


@pytest.mark.parametrize(
    ("used", "names", "expected"),
    [
        ([0, 1, 2, 3], "ab", [2, 2]),
        ([0, 1, 2, 3], "abcd", [1, 1, 1, 1]),
        ([5, 6, 7], "ab", [2, 1]),
        ([0, 1, 2, 3, 4, 5, 6, 7], "abc", [3, 3, 2]),
    ],
)
def test_the_shards_that_accounts_have_are_spread_by_themselves(
    tables: Tables, used: list[int], names: str, expected: list[int]
) -> None:
    tables.use(*used)
    nodes = started(tables, *names)
    assert sorted((len({*node.owns()} & {*used}) for node in nodes), reverse=True) == expected
    assert sum(counts(*nodes)) == 8


def test_a_node_that_comes_gets_its_share_of_those_and_so_do_the_others_when_it_dies(tables: Tables) -> None:
    nodes = started(tables, *"ab")
    used = [shard for node in nodes for shard in node.owns()[:3]]
    tables.use(*used)
    third = Node("c", tables, writes=True)
    pass_time(10 * TTL, *nodes, third)
    assert [len({*node.owns()} & {*used}) for node in (*nodes, third)] == [2, 2, 2]
    pass_time(TTL + 2, *nodes)
    assert [len({*node.owns()} & {*used}) for node in nodes] == [3, 3]
    assert counts(*nodes) == [4, 4]


def test_those_that_accounts_have_are_taken_first(tables: Tables) -> None:
    tables.use(1, 4, 6)
    node = Node("a", tables, writes=True)
    node.machine.pulse(tables.now)
    taken = []
    while node.ask() is not None:
        node.finish()
        taken += [shard for shard in node.tables.owned_by("a") if shard not in taken]
        node.load()
    assert (len(taken), {*taken[:3]}) == (8, {1, 4, 6})


def test_nothing_moves_once_the_shards_are_spread(tables: Tables) -> None:
    nodes = started(tables, *"abc")
    before = [row.epoch for row in tables.rows.values()]
    pass_time(100, *nodes)
    assert [row.epoch for row in tables.rows.values()] == before


def test_nothing_moves_soon_after_a_node_has_come(tables: Tables) -> None:
    (first,) = started(tables, "a")
    second = Node("b", tables, writes=True)
    pass_time(2 * TTL - 0.5, first, second)
    assert counts(first, second) == [8, 0]
    pass_time(4, first, second)
    assert counts(first, second)[1] > 0


def test_a_shard_moves_when_the_one_before_has_arrived(tables: Tables) -> None:
    (first,) = started(tables, "a")
    second = Node("b", tables, writes=True)
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
    while node.ask() is not None:  # nothing is written yet
        node.finish()
        node.load()
    shard.emptied(before.epoch)
    assert node.machine.next(tables.now) is None
    assert node.owns() == [*range(8)]


class Simulation:
    """Some nodes, the tables, and what may go wrong between them. Each `step` is chosen by numbers."""

    def __init__(self, count: int, shards: int) -> None:
        self.tables = Tables(shards)
        self.nodes = [Node(str(number), self.tables, writes=True) for number in range(count)]
        self.started = count
        self.stopped: set[int] = set()
        self.owners: dict[tuple[int, int], str] = {}  # by shard and epoch

    def step(self, what: int, who: int) -> None:
        who %= len(self.nodes)
        node = self.nodes[who]
        if what < 30:
            self.tables.now += (0.01, 0.05, 0.1, 0.3, 1.0)[what % 5]
        elif what < 32:
            self.stopped ^= {who}
        elif what < 33:
            self.tables.use(who % self.tables.shards)
        elif who not in self.stopped:
            self._run(node, what)
        if node.machine.left:
            self.started += 1
            self.nodes[who] = Node(str(self.started), self.tables, writes=True)
        self.check()

    def _run(self, node: Node, what: int) -> None:
        if what < 38:
            if what % 2 == 0:
                node.do()
            node.lose()
        elif what < 65:
            node.do()
            node.lose()
            node.run()
        elif what < 80:
            node.machine.pulse(self.tables.now)
            if node.ask() is None:
                node.finish()
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
