"""The lease of a node: when it takes, how long it owns, and when it gives up."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.cluster.lease import State
from decaf.cluster.machine import Statement
from tests.decaf.cluster.machines import LONG, TTL, Node, Tables, pass_time


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture
def node(tables: Tables) -> Node:
    """The active node."""
    first = Node("a", tables)
    first.run()
    assert first.state() is State.OWNED
    return first


@pytest.fixture
def standby(tables: Tables, node: Node) -> Node:
    """A node that has stood by for long."""
    second = Node("b", tables)
    pass_time(2 * TTL, node, second)
    assert second.state() is State.NONE
    return second


def test_a_state_without_an_owner_is_taken_at_once(tables: Tables) -> None:
    node = Node("a", tables)
    node.run(load=False)
    assert node.state() is State.LOADING
    node.load()
    assert (node.state(), tables.row.owner, tables.row.epoch) == (State.OWNED, "a", 1)


def test_beats_keep_the_lease(tables: Tables, node: Node, standby: Node) -> None:
    pass_time(100, node, standby)
    assert (node.state(), standby.state(), tables.row.epoch) == (State.OWNED, State.NONE, 1)


def test_a_dead_owner_is_followed_when_its_beat_has_expired(tables: Tables, node: Node, standby: Node) -> None:
    pass_time(TTL - 1.1, standby)
    assert standby.state() is State.NONE
    pass_time(1.2, standby)
    assert (standby.state(), tables.row.epoch) == (State.OWNED, 2)


def test_an_owner_is_suspended_before_another_node_may_take(tables: Tables, node: Node) -> None:
    tables.now += TTL * 3 / 4 - 0.01
    assert node.state() is State.OWNED
    tables.now += 0.02
    assert node.state() is State.SUSPENDED
    assert tables.take("b", tables.row) is None


def test_a_suspended_owner_goes_on_without_loading_when_a_beat_works_again(tables: Tables, node: Node) -> None:
    tables.now += 10 * TTL
    assert node.state() is State.SUSPENDED
    node.run(load=False)
    assert (node.state(), tables.row.epoch) == (State.OWNED, 1)


def test_an_owner_that_wakes_up_after_another_node_took_over_gives_up(tables: Tables, node: Node) -> None:
    tables.now += 2 * TTL
    tables.take("b", tables.row)
    tables.beat("b")
    node.run()
    assert (node.state(), node.shard.lease) == (State.NONE, None)


def test_a_refused_commit_ends_the_lease(tables: Tables, node: Node, standby: Node) -> None:
    pass_time(TTL + 0.1, standby)
    node.commit()
    assert node.state() is State.NONE
    assert node.ask() is Statement.LOOK


def test_a_database_that_went_back_ends_the_lease(tables: Tables, node: Node) -> None:
    for _ in range(3):
        node.commit()
    tables.change(tables.row, seq=1)  # a standby that had not got the rest was promoted
    pass_time(1.1, node)
    assert tables.row.epoch == 2


def test_when_the_database_was_out_of_reach_the_owner_stays(tables: Tables, node: Node, standby: Node) -> None:
    for _ in range(100):
        tables.now += 0.5
        for each in (standby, node):
            each.machine.pulse(each.now())
            each.ask()
            each.lose()
    pass_time(0.5, standby)  # it is back, and the standby sees it first
    pass_time(20, standby, node)
    assert (node.state(), tables.row.epoch) == (State.OWNED, 1)


def test_a_new_node_takes_an_expired_lease_after_beats_of_its_own(tables: Tables, node: Node) -> None:
    tables.now += 10 * TTL
    new = Node("c", tables)
    new.run()
    pass_time(TTL - 0.2, new)
    assert new.state() is State.NONE
    pass_time(0.4, new)
    assert new.state() is State.OWNED


def test_a_node_that_hangs_beats_no_more(tables: Tables, node: Node, standby: Node) -> None:
    for _ in range(100):
        tables.now += 0.1
        standby.run()
        while node.ask() is not None:  # its thread goes on, without a sign of life from its loop
            node.finish()
    assert (standby.state(), tables.row.owner) == (State.OWNED, "b")


def test_a_node_that_stops_keeps_the_lease_until_all_is_written(tables: Tables, node: Node, standby: Node) -> None:
    node.machine.drain()
    pass_time(10, node, standby)
    assert (node.state(), standby.state()) == (State.DRAINING, State.NONE)
    node.machine.release()
    node.run()
    assert tables.row.owner is None
    standby.machine.look_now(standby.now())
    standby.run()
    assert standby.state() is State.OWNED


def test_a_node_that_stops_looks_who_follows_until_it_leaves(tables: Tables, node: Node, standby: Node) -> None:
    node.machine.drain()
    node.machine.release()
    node.run()
    pass_time(1, standby, node)
    assert node.shard.seen is not None
    assert (node.shard.seen.owner, node.machine.left) == ("b", False)
    node.machine.leave()
    node.run()
    assert (node.machine.left, "a" in tables.expires) == (True, False)


def test_a_node_that_stands_by_leaves_at_once(tables: Tables, node: Node, standby: Node) -> None:
    standby.machine.drain()
    standby.machine.leave()
    standby.run()
    assert ("b" in tables.expires, standby.machine.left) == (False, True)


def test_a_lease_that_comes_while_the_node_stops_is_released(tables: Tables) -> None:
    node = Node("a", tables)
    node.machine.pulse(node.now())
    while node.ask() is not Statement.TAKE:
        node.finish()
    node.machine.drain()
    node.do()
    node.answer()
    node.machine.leave()
    node.run()
    assert (tables.row.owner, node.machine.left) == (None, True)


def test_a_state_that_cannot_be_loaded_is_released_and_tried_later(tables: Tables) -> None:
    node = Node("a", tables)
    node.run(load=False)
    for epoch, pause in ((1, 2.0), (3, 4.0)):
        node.shard.load_failed(node.now(), epoch)
        node.run(load=False)
        assert tables.row.owner is None
        for _ in range(round(pause * 10) - 1):
            tables.now += 0.1
            node.run(load=False)
        assert node.state() is State.NONE
        tables.now += 0.3
        node.run(load=False)
        assert node.state() is State.LOADING


def test_a_take_whose_answer_was_lost_is_taken_again(tables: Tables) -> None:
    node = Node("a", tables)
    node.machine.pulse(node.now())
    while node.ask() is not Statement.TAKE:
        node.finish()
    node.do()
    node.lose()
    assert tables.row.owner == "a"
    pass_time(1, node)
    assert (node.state(), tables.row.epoch) == (State.OWNED, 2)


def test_nothing_is_asked_for_a_moment_after_a_statement_failed(node: Node) -> None:
    node.machine.failed(node.now())
    assert node.machine.next(node.now()) is None
    assert node.machine.due(node.now()) > node.now()


class Simulation:
    """Some nodes, the tables, and what may go wrong between them. Each `step` is chosen by numbers."""

    def __init__(self, count: int, rates: list[float]) -> None:
        self.tables = Tables()
        self.nodes = [Node(str(i), self.tables, offset=1e5 * i, rate=rates[i]) for i in range(count)]
        self.started = count
        self.stopped: set[int] = set()
        self.acknowledged = 0
        self.epochs: dict[int, str] = {}

    def step(self, what: int, who: int) -> None:
        who %= len(self.nodes)
        node = self.nodes[who]
        if what < 30:
            self.tables.now += (0.01, 0.02, 0.05, 0.1, 0.3)[what % 5]
        elif what < 33:
            self.stopped ^= {who}
        elif what < 35 and node.late:
            node.late.pop()()
        elif who not in self.stopped:
            self._run(node, what)
        if node.machine.left:
            self.started += 1
            self.nodes[who] = Node(str(self.started), self.tables, offset=1e5 * self.started)
        self.check()

    def _run(self, node: Node, what: int) -> None:
        if what < 38:
            node.lose()
        elif what < 40:
            node.machine.look_now(node.now())
        elif what < 60:
            node.run(load=what % 2 == 0)
        elif what < 75:
            node.machine.pulse(node.now())
            node.ask()
            if what % 2:
                node.do()
        elif what < 85:
            node.answer()
        elif what < 88 and node.drains:
            node.machine.release()
            if what % 2:
                node.machine.leave()
        elif what < 88:
            node.load()
        elif what < 97:
            (before,) = node.committed
            node.commit()
            self.acknowledged += node.committed[0] - before
        elif what < 98:
            node.drains = True
            node.machine.drain()
        elif node.shard.lease is not None and node.state() is State.LOADING:
            node.shard.load_failed(node.now(), node.shard.lease.epoch)

    def check(self) -> None:
        owned = [node for node in self.nodes if node.state() is State.OWNED]
        assert len(owned) <= 1, "two nodes own the state"
        for node in self.nodes:
            if node.shard.lease is not None:
                assert self.epochs.setdefault(node.shard.lease.epoch, node.name) == node.name
        for node in owned:
            assert node.shard.lease is not None
            assert node.shard.lease.epoch <= self.tables.row.epoch
        for node in self.nodes:
            assert (node.now() < node.shard.owned_until) == (node.state() is State.OWNED)
        assert self.acknowledged == self.tables.row.seq, "a commit got lost, or two nodes made the same"


_STEPS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 2)), max_size=400)


@settings(max_examples=1_000 if LONG else 100, deadline=None)
@given(count=st.integers(2, 3), rates=st.lists(st.floats(0.99, 1.01), min_size=3, max_size=3), steps=_STEPS)
def test_never_do_two_nodes_own_the_state(count: int, rates: list[float], steps: list[tuple[int, int]]) -> None:
    simulation = Simulation(count, rates)
    for what, who in steps:
        simulation.step(what, who)


@pytest.mark.parametrize("seed", range(20))
def test_never_do_two_nodes_own_the_state_in_a_long_run(seed: int) -> None:
    """Random steps of long runs reach takeovers that short ones do not."""
    owners = 0
    for run in range(5_000 if LONG else 20):
        chance = random.Random(seed * 10_000 + run)
        simulation = Simulation(3, [chance.uniform(0.99, 1.01) for _ in range(3)])
        for _ in range(1_000):
            simulation.step(chance.randrange(100), chance.randrange(3))
        owners += len(simulation.epochs)
    assert owners > 30
