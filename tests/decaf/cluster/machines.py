"""Machines that are run as nodes run them, one statement at a time, over tables as the database has them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from decaf.cluster.lease import ShardLease, State
from decaf.cluster.machine import LeaseMachine, Statement
from decaf.persistence.postgres.ownership import Lease, Owned

TTL = 4.0
LONG = bool(os.environ.get("DECAF_LONG"))


@dataclass
class Tables:
    """What the statements do to the tables, by the database's clock. Each is one moment, as in the database."""

    shards: int = 1
    now: float = 1_000.0
    expires: dict[str, float] = field(default_factory=dict)
    rows: dict[int, Owned] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = {shard: Owned(shard, None, 0, 0, None, 0.0, None) for shard in range(self.shards)}

    @property
    def row(self) -> Owned:
        """That of the only shard."""
        (row,) = self.rows.values()
        return row

    def see(self) -> tuple[Owned, ...]:
        return tuple(
            replace(row, left=self.expires.get(row.owner or "", self.now) - self.now) for row in self.rows.values()
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
        self.change(row, owner=node, epoch=row.epoch + 1)
        return Lease(row.shard, node, row.epoch + 1, row.seq)

    def release(self, lease: Lease, wanted: str | None) -> None:
        row = self.rows[lease.shard]
        if (row.owner, row.epoch) == (lease.owner, lease.epoch):
            self.change(row, owner=None, epoch=row.epoch + 1, wanted=wanted)

    def leave(self, node: str) -> None:
        if not self.owned_by(node):
            self.expires.pop(node, None)

    def commit(self, lease: Lease, seq: int) -> bool:
        row = self.rows[lease.shard]
        if (row.owner, row.epoch, row.seq) != (lease.owner, lease.epoch, seq):
            return False
        self.change(row, seq=seq + 1)
        return True

    def change(self, row: Owned, **values: Any) -> None:
        self.rows[row.shard] = replace(row, **values)

    def use(self, *shards: int) -> None:
        """One more account in a region has each of these shards."""
        for shard in shards:
            self.change(self.rows[shard], places=self.rows[shard].places + 1)

    def owned_by(self, node: str) -> list[int]:
        return [row.shard for row in self.rows.values() if row.owner == node]


class Node:
    """A machine that is run as a node runs it: one statement at a time, whose answer may be late or lost.

    Its clock differs from the database's by `offset`, and goes at `rate`. With `writes` it writes at once what is left
    of shards that it hands over.
    """

    def __init__(self, name: str, tables: Tables, offset: float = 0.0, rate: float = 1.0, writes: bool = False) -> None:
        self.name = name
        self.tables = tables
        self.machine = LeaseMachine(name, TTL, lambda: 0.5, tables.shards)
        self.late: list[Callable[[], object]] = []  # sent on connections that were lost, and not yet done
        self.committed = [0] * tables.shards
        self.drains = False
        self._offset, self._rate, self._writes = offset, rate, writes
        self._asked: tuple[Statement, ShardLease | None, float, Callable[[], Any]] | None = None
        self._answer: list[Any] = []  # that has not arrived

    @property
    def shard(self) -> ShardLease:
        """The only one."""
        (shard,) = self.machine.leases
        return shard

    def now(self) -> float:
        return self._offset + self.tables.now * self._rate

    def state(self) -> State:
        return self.shard.state(self.now())

    def owns(self) -> list[int]:
        return [each.shard for each in self.machine.leases if each.state(self.now()) is State.OWNED]

    def ask(self) -> Statement | None:
        """Send the next statement, if there is one and none is under way."""
        if self._asked is not None or (asked := self.machine.next(self.now())) is None:
            return None
        statement, of = asked
        self._asked = statement, of, self.now(), self._statement(statement, of)
        self._committed_before = [*self.committed]
        return statement

    def _statement(self, statement: Statement, of: ShardLease | None) -> Callable[[], Any]:
        tables, name = self.tables, self.name
        if statement is Statement.BEAT:
            return lambda: tables.beat(name)
        if statement is Statement.LOOK:
            return tables.see
        if statement is Statement.LEAVE:
            return lambda: tables.leave(name)
        assert of is not None
        if statement is Statement.TAKE:
            seen = of.seen
            assert seen is not None
            return lambda: tables.take(name, seen)
        lease, wanted = of.lease, of.wanted
        assert lease is not None
        return lambda: tables.release(lease, wanted)

    def do(self) -> None:
        """The database does what was sent."""
        if self._asked is not None and not self._answer:
            self._answer.append(self._asked[3]())

    def answer(self) -> None:
        """The answer arrives, if there is one."""
        if self._asked is None or not self._answer:
            return
        (statement, of, sent, _), answer = self._asked, self._answer.pop()
        self._asked = None
        now = self.now()
        if statement is Statement.BEAT:
            seen, alive = answer
            self.machine.beat_answered(sent, now, seen, alive, self._committed_before)
        elif statement is Statement.LOOK:
            self.machine.looked(now, answer)
        elif statement is Statement.LEAVE:
            self.machine.has_left()
        elif statement is Statement.TAKE:
            assert of is not None
            of.taken(now, answer)
            self.committed[of.shard] = answer.seq if answer else 0
        else:
            assert of is not None
            of.released(now)

    def finish(self) -> None:
        """The database does what was sent, and the answer arrives."""
        self.do()
        self.answer()

    def lose(self) -> None:
        """The connection breaks; what was sent may still be done."""
        if self._asked is not None:
            if not self._answer:
                self.late.append(self._asked[3])
            self._asked = None
            self._answer.clear()
            self.machine.failed(self.now())

    def load(self) -> None:
        for each in self.machine.leases:
            if each.lease is not None:
                each.loaded(each.lease.epoch)

    def write(self) -> None:
        """Write what is left of shards that are handed over."""
        for each in self.machine.leases:
            if each.lease is not None and each.state(self.now()) is State.DRAINING:
                each.emptied(each.lease.epoch)

    def commit(self) -> None:
        """Commit a batch of each shard, as its owner does at any time, whatever its deadline."""
        for each in self.machine.leases:
            lease, state = each.lease, each.state(self.now())
            if lease is None or state not in (State.OWNED, State.SUSPENDED, State.DRAINING):
                continue
            if self.tables.commit(lease, self.committed[each.shard]):
                self.committed[each.shard] += 1
            else:
                each.fenced(self.now(), lease.epoch)

    def run(self, load: bool = True) -> None:
        """Do all that is to be done now, with a database that answers at once."""
        self.machine.pulse(self.now())
        if self._writes:
            self.write()
        while self.ask() is not None:
            self.finish()
            if load:
                self.load()
            if self._writes:
                self.write()


def pass_time(seconds: float, *nodes: Node) -> None:
    """Let time pass, in steps of a tenth of a second, and these nodes do what they do."""
    for _ in range(round(seconds * 10)):
        nodes[0].tables.now += 0.1
        for node in nodes:
            node.run()
