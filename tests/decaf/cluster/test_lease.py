"""The lease of a node: when it takes, how long it owns, and when it gives up."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.cluster.lease import State
from decaf.cluster.machine import LeaseMachine, Statement
from decaf.persistence.postgres.ownership import Lease, Owned

TTL = 4.0
LONG = bool(os.environ.get("DECAF_LONG"))


@dataclass
class Tables:
    """What the statements do to the tables, by the database's clock. Each is one moment, as in the database."""

    now: float = 1_000.0
    expires: dict[str, float] = field(default_factory=dict)
    owner: str | None = None
    epoch: int = 0
    seq: int = 0

    def see(self) -> Owned:
        left = self.expires.get(self.owner or "", self.now) - self.now
        return Owned(0, self.owner, self.epoch, self.seq, None, left, None)

    def alive(self) -> tuple[str, ...]:
        return tuple(node for node, expires in self.expires.items() if expires > self.now)

    def beat(self, node: str) -> Owned:
        self.expires[node] = self.now + TTL
        return self.see()

    def take(self, node: str, seen: Owned) -> Lease | None:
        if seen.epoch != self.epoch:
            return None
        if self.owner not in (None, node) and self.expires.get(self.owner or "", -inf) > self.now:
            return None
        self.owner = node
        self.epoch += 1
        return Lease(0, node, self.epoch, self.seq)

    def release(self, node: str, epoch: int) -> None:
        if (self.owner, self.epoch) == (node, epoch):
            self.owner = None
            self.epoch += 1

    def leave(self, node: str) -> None:
        if self.owner != node:
            self.expires.pop(node, None)

    def commit(self, node: str, epoch: int, seq: int) -> bool:
        if (self.owner, self.epoch, self.seq) != (node, epoch, seq):
            return False
        self.seq += 1
        return True


class Node:
    """A machine that is run as a node runs it: one statement at a time, whose answer may be late or lost."""

    def __init__(self, name: str, tables: Tables, offset: float = 0.0, rate: float = 1.0) -> None:
        self.name = name
        self.tables = tables
        self.machine = LeaseMachine(name, TTL, lambda: 0.5)
        (self.shard,) = self.machine.leases
        self._offset, self._rate = offset, rate
        self._asked: tuple[Statement, float, Callable[[], object]] | None = None
        self._answer: list[object] = []
        self.late: list[Callable[[], object]] = []  # sent on connections that were lost, and not yet done
        self.committed = 0
        self.drains = False

    def now(self) -> float:
        return self._offset + self.tables.now * self._rate

    def state(self) -> State:
        return self.shard.state(self.now())

    def ask(self) -> Statement | None:
        """Send the next statement, if none is under way."""
        if self._asked is not None or (asked := self.machine.next(self.now())) is None:
            return None
        statement, tables, name = asked[0], self.tables, self.name
        epoch = 0 if self.shard.lease is None else self.shard.lease.epoch
        seen = self.shard.seen or tables.see()
        do: dict[Statement, Callable[[], object]] = {
            Statement.BEAT: lambda: tables.beat(name),
            Statement.LOOK: tables.see,
            Statement.TAKE: lambda: tables.take(name, seen),
            Statement.RELEASE: lambda: tables.release(name, epoch),
            Statement.LEAVE: lambda: tables.leave(name),
        }
        self._asked = statement, self.now(), do[statement]
        self._committed_before = self.committed
        return statement

    def do(self) -> None:
        """The database does what was sent."""
        if self._asked is not None and not self._answer:
            self._answer.append(self._asked[2]())

    def answer(self) -> None:
        """The answer arrives."""
        if self._asked is None or not self._answer:
            return
        (statement, sent, _), answer = self._asked, self._answer.pop()
        self._asked = None
        now = self.now()
        if statement is Statement.BEAT:
            assert isinstance(answer, Owned)
            self.machine.beat_answered(sent, now, [answer], self.tables.alive(), [self._committed_before])
        elif statement is Statement.LOOK:
            assert isinstance(answer, Owned)
            self.machine.looked(now, [answer])
        elif statement is Statement.TAKE:
            assert answer is None or isinstance(answer, Lease)
            self.shard.taken(now, answer)
            self.committed = answer.seq if answer else 0
        elif statement is Statement.RELEASE:
            self.shard.released(now)
        else:
            self.machine.has_left()

    def lose(self) -> None:
        """The connection breaks; what was sent may still be done."""
        if self._asked is not None:
            if not self._answer:
                self.late.append(self._asked[2])
            self._asked = None
            self._answer.clear()
            self.machine.failed(self.now())

    def load(self) -> None:
        if self.shard.lease is not None:
            self.shard.loaded(self.shard.lease.epoch)

    def commit(self) -> None:
        """Commit a batch, as the active node does at any time, whatever its deadline."""
        lease = self.shard.lease
        if lease is None or self.state() not in (State.OWNED, State.SUSPENDED, State.DRAINING):
            return
        if self.tables.commit(self.name, lease.epoch, self.committed):
            self.committed += 1
        else:
            self.shard.fenced(self.now(), lease.epoch)

    def run(self, load: bool = True) -> None:
        """Do all that is to be done now, with a database that answers at once."""
        self.machine.pulse(self.now())
        while self.ask() is not None:
            self.do()
            self.answer()
            if load:
                self.load()


def pass_time(tables: Tables, seconds: float, *nodes: Node) -> None:
    """Let time pass, in steps of a tenth of a second, and these nodes do what they do."""
    for _ in range(round(seconds * 10)):
        tables.now += 0.1
        for node in nodes:
            node.run()


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
    pass_time(tables, 2 * TTL, node, second)
    assert second.state() is State.NONE
    return second


def test_a_state_without_an_owner_is_taken_at_once(tables: Tables) -> None:
    node = Node("a", tables)
    node.run(load=False)
    assert node.state() is State.LOADING
    node.load()
    assert (node.state(), tables.owner, tables.epoch) == (State.OWNED, "a", 1)


def test_beats_keep_the_lease(tables: Tables, node: Node, standby: Node) -> None:
    pass_time(tables, 100, node, standby)
    assert (node.state(), standby.state(), tables.epoch) == (State.OWNED, State.NONE, 1)


def test_a_dead_owner_is_followed_when_its_beat_has_expired(tables: Tables, node: Node, standby: Node) -> None:
    pass_time(tables, TTL - 1.1, standby)
    assert standby.state() is State.NONE
    pass_time(tables, 1.2, standby)
    assert (standby.state(), tables.epoch) == (State.OWNED, 2)


def test_an_owner_is_suspended_before_another_node_may_take(tables: Tables, node: Node) -> None:
    tables.now += TTL * 3 / 4 - 0.01
    assert node.state() is State.OWNED
    tables.now += 0.02
    assert node.state() is State.SUSPENDED
    assert tables.take("b", tables.see()) is None


def test_a_suspended_owner_goes_on_without_loading_when_a_beat_works_again(tables: Tables, node: Node) -> None:
    tables.now += 10 * TTL
    assert node.state() is State.SUSPENDED
    node.run(load=False)
    assert (node.state(), tables.epoch) == (State.OWNED, 1)


def test_an_owner_that_wakes_up_after_another_node_took_over_gives_up(tables: Tables, node: Node) -> None:
    tables.now += 2 * TTL
    tables.take("b", tables.see())
    tables.beat("b")
    node.run()
    assert (node.state(), node.shard.lease) == (State.NONE, None)


def test_a_refused_commit_ends_the_lease(tables: Tables, node: Node, standby: Node) -> None:
    pass_time(tables, TTL + 0.1, standby)
    node.commit()
    assert node.state() is State.NONE
    assert node.ask() is Statement.LOOK


def test_a_database_that_went_back_ends_the_lease(tables: Tables, node: Node) -> None:
    for _ in range(3):
        node.commit()
    tables.seq = 1  # a standby that had not got the rest was promoted
    pass_time(tables, 1.1, node)
    assert tables.epoch == 2


def test_when_the_database_was_out_of_reach_the_owner_stays(tables: Tables, node: Node, standby: Node) -> None:
    for _ in range(100):
        tables.now += 0.5
        for each in (standby, node):
            each.machine.pulse(each.now())
            each.ask()
            each.lose()
    pass_time(tables, 0.5, standby)  # it is back, and the standby sees it first
    pass_time(tables, 20, standby, node)
    assert (node.state(), tables.epoch) == (State.OWNED, 1)


def test_a_new_node_takes_an_expired_lease_after_beats_of_its_own(tables: Tables, node: Node) -> None:
    tables.now += 10 * TTL
    new = Node("c", tables)
    new.run()
    pass_time(tables, TTL - 0.2, new)
    assert new.state() is State.NONE
    pass_time(tables, 0.4, new)
    assert new.state() is State.OWNED


def test_a_node_that_hangs_beats_no_more(tables: Tables, node: Node, standby: Node) -> None:
    for _ in range(100):
        tables.now += 0.1
        standby.run()
        while node.ask() is not None:  # its thread goes on, without a sign of life from its loop
            node.do()
            node.answer()
    assert (standby.state(), tables.owner) == (State.OWNED, "b")


def test_a_node_that_stops_keeps_the_lease_until_all_is_written(tables: Tables, node: Node, standby: Node) -> None:
    node.machine.drain()
    pass_time(tables, 10, node, standby)
    assert (node.state(), standby.state()) == (State.DRAINING, State.NONE)
    node.machine.release()
    node.run()
    assert tables.owner is None
    standby.machine.look_now(standby.now())
    standby.run()
    assert standby.state() is State.OWNED


def test_a_node_that_stops_looks_who_follows_until_it_leaves(tables: Tables, node: Node, standby: Node) -> None:
    node.machine.drain()
    node.machine.release()
    node.run()
    pass_time(tables, 1, standby, node)
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
        node.do()
        node.answer()
    node.machine.drain()
    node.do()
    node.answer()
    node.machine.leave()
    node.run()
    assert (tables.owner, node.machine.left) == (None, True)


def test_a_state_that_cannot_be_loaded_is_released_and_tried_later(tables: Tables) -> None:
    node = Node("a", tables)
    node.run(load=False)
    for epoch, pause in ((1, 2.0), (3, 4.0)):
        node.shard.load_failed(node.now(), epoch)
        node.run(load=False)
        assert tables.owner is None
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
        node.do()
        node.answer()
    node.do()
    node.lose()
    assert tables.owner == "a"
    pass_time(tables, 1, node)
    assert (node.state(), tables.epoch) == (State.OWNED, 2)


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
            before = node.committed
            node.commit()
            self.acknowledged += node.committed - before
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
            assert node.shard.lease.epoch <= self.tables.epoch
        for node in self.nodes:
            assert (node.now() < node.shard.owned_until) == (node.state() is State.OWNED)
        assert self.acknowledged == self.tables.seq, "a commit got lost, or two nodes made the same"


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
