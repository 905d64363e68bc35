"""A cell: one database, the nodes that beat in it, and the accounts whose state it has.

Rule: what a node knows it has from an answer. Each statement is sent, done at one moment, and answered; each step may
be the one before which the node is killed or stopped, or the database goes away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import TypeVar

from decaf.cluster.beats import Beats
from scripts.simulation.accounts import Accounts
from scripts.simulation.database import Answers, Asked, Tables
from scripts.simulation.node import AT_ONCE, Node
from scripts.simulation.spreading import asks, may_ask
from scripts.simulation.watching import Broken, Cause, Waits

T = TypeVar("T")

_NO_ANSWER = 5.0  # seconds at most until a statement counts as failed
_HOP = 0.001  # seconds from one node to another
_BIG = 50_000  # messages of a shard that is handed over after the others, and alone
_RESTART = 5.0  # seconds from the end of a node to its next start
_PAGE = 5_000  # messages that one statement of a load reads


class Cell:
    """The simulation of one cell, whose time is `now`. Nodes beat for `ttl` seconds, by the rules of `beats`."""

    def __init__(
        self, accounts: Accounts, ttl: float, random: Random, answers: Answers, beats: Callable[[float], Beats] = Beats
    ) -> None:
        self.accounts = accounts
        self.answers = answers
        self.now = 0.0
        self.nodes: list[Node] = []
        self.tables = Tables(len(accounts))
        self.asked = Asked()
        self.waits = Waits()
        self.taken_from_living = 0  # shards that were taken from a node that ran
        self.running: list[tuple[float, int]] = []  # how many nodes ran, from when
        self._ttl = ttl
        self._random = random
        self._beats = beats
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    # the events

    def at(self, time: float, event: Callable[[], None]) -> None:
        """Let an event happen at a time, after those of the same time that are known already."""
        heappush(self._events, (time, next(self._order), event))

    def run(self, until: float) -> None:
        """Go on until a time. Raises Broken when two nodes own a shard."""
        while self._events and self._events[0][0] < until:
            self.now, _, event = heappop(self._events)
            event()
        self.now = until

    def _after(self, seconds: float, node: Node, event: Callable[[], None]) -> None:
        """Let an event of a node happen, unless the node was stopped before, or has ended."""
        turn = node.turn

        def happen() -> None:
            if node.running and node.turn == turn:
                event()

        self.at(self.now + seconds, happen)

    def _ask(
        self,
        kind: str,
        node: Node,
        do: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        """Send a statement. `do` is what it does to the tables; `then` is called with its answer, else `failed`."""
        seconds = self.answers.seconds(self.now)
        limit = min(self._ttl / 2, _NO_ANSWER)

        def done() -> None:
            if self.answers.away(self.now):
                return
            self.asked.note(kind, self.now)
            result = do()
            if seconds <= limit:
                self._after(seconds / 2, node, lambda: then(result))

        def fail() -> None:
            node.beats.failed(self.now)
            failed()

        away = self.answers.away(self.now) or self.answers.away(self.now + seconds / 2)
        if away or seconds > limit:
            self._after(limit, node, fail)
        if not self.answers.away(self.now):
            self.at(self.now + seconds / 2, done)

    # the nodes

    def begin(self, nodes: int) -> None:
        """Let nodes run that have shared the shards among them for some time."""
        for _ in range(nodes):
            node = self._new_node()
            node.beats.answered(-self._ttl)
            node.beats.answered(-self._ttl / 2)
            node.beats.answered(0.0)
            self.tables.beat(node.number, node.id, self._ttl)
            self._start(node, self._random.random() * self._ttl / 4)
        self.tables.look(0.0)
        self.tables.owner[:] = self.tables.spread.wanted
        self.tables.epoch[:] = 1
        self.tables.loaded[:] = True
        self.tables.counts.update(self.tables.owner.tolist())
        for shard, owner in enumerate(self.tables.owner.tolist()):
            self.nodes[owner].served[shard] = 1
        self.tables.changed = -1e9

    def join(self) -> None:
        """Let a node start."""
        self._start(self._new_node())

    def _new_node(self) -> Node:
        node = Node(len(self.nodes), self._random.getrandbits(64), self._beats(self._ttl))
        self.nodes.append(node)
        return node

    def _start(self, node: Node, first_beat: float = 0.0) -> None:
        self._after(first_beat, node, lambda: self._beat(node))
        self._after(self._random.random() * self._look_time, node, lambda: self._look(node))
        self._after(self._ttl * 3 / 4, node, lambda: self._suspend(node))
        self._count_running()

    def crash(self, node: Node) -> None:
        """Kill a node: what it had not written is gone, and its clients' connections break."""
        if node.running:
            self._down(node, node.served, Cause.CRASH)
            self._end(node)

    def stop(self, node: Node, seconds: float) -> None:
        """Stop a node, as SIGSTOP does, and let it go on after some seconds."""
        if not node.running:
            return
        self._down(node, node.served, Cause.STOP)
        node.running = False
        node.turn += 1
        self._count_running()
        self.at(self.now + seconds, lambda: self._go_on(node))

    def _go_on(self, node: Node) -> None:
        node.running = True
        node.taking = node.looking = False
        node.loading.clear()
        self._check(node)
        if node.owns(self.now):
            self._up(node)
        else:
            node.suspended = True
        self._start(node)
        if node.draining:
            self.restart(node)

    def restart(self, node: Node) -> None:
        """Shut a node down, as SIGTERM does, and let it start again."""
        if not node.running:
            return
        node.draining = True

        def again() -> None:
            self._after(1.0, node, lambda: self.restart(node))

        self._ask("drain", node, lambda: self.tables.drain(node.number), lambda _: self._drain(node), again)

    def _end(self, node: Node) -> None:
        node.running, node.ended = False, True
        node.served, node.loading = {}, {}
        self._count_running()

    def _count_running(self) -> None:
        self.running.append((self.now, sum(node.running for node in self.nodes)))

    # beats

    def _beat(self, node: Node) -> None:
        sent = self.now
        node.beats.send(sent)

        def do() -> dict[int, int]:
            self.tables.beat(node.number, node.id, self.now + self._ttl)
            return self._lost(node)

        def then(lost: dict[int, int]) -> None:
            node.lose(lost)
            node.beats.answered(sent)
            self._check(node)
            if not self.answers.away(self.now):
                node.suspended = False
                self._up(node)
            self._wait_for_beat(node)

        self._ask("beat", node, do, then, lambda: self._wait_for_beat(node))

    def _wait_for_beat(self, node: Node) -> None:
        self._after(max(0.0, node.beats.next - self.now), node, lambda: self._beat(node))

    def _lost(self, node: Node) -> dict[int, int]:
        """Returns the shards that a node believes to own, and does not."""
        leases = {**node.served, **node.loading}
        owner, epochs = self.tables.owner, self.tables.epoch
        return {
            shard: epoch for shard, epoch in leases.items() if owner[shard] != node.number or epochs[shard] != epoch
        }

    def _suspend(self, node: Node) -> None:
        """A node's deadline has passed, unless a beat has put it off."""
        if node.owns(self.now):
            self._after(node.beats.deadline - self.now, node, lambda: self._suspend(node))
            return
        if not node.suspended:
            node.suspended = True
            self._down(node, node.served, Cause.DATABASE)
        self._after(self._ttl / 4, node, lambda: self._suspend(node))

    def _check(self, node: Node) -> None:
        """Raises Broken if a node answers for a shard that it does not own."""
        if node.owns(self.now):
            for shard in self._lost(node):
                if self.tables.owner[shard] != node.number:
                    raise Broken(f"{self.now:.3f} s: node {node.number} answers for shard {shard}, another's")

    # looks, and what follows from them

    @property
    def _look_time(self) -> float:
        return self._ttl / 8

    def _look(self, node: Node) -> None:
        jitter = 0.75 + self._random.random() / 2
        self._after(self._look_time * jitter, node, lambda: self._look(node))
        if node.looking:
            return
        node.looking = True

        def do() -> tuple[list[int], list[int], dict[int, int]]:
            self.tables.look(self.now)
            orphans, served = self.tables.lacking(node.number, self.now)
            if self.tables.counts[node.number] > len(node.served) + len(node.loading):  # an answer was lost
                orphans += [shard for shard in self.tables.owned(node.number) if not node.knows(shard, 1)]
            return orphans, served, self.tables.asked.pop(node.number, {})

        def then(seen: tuple[list[int], list[int], dict[int, int]]) -> None:
            node.looking = False
            orphans, served, asked = seen
            if asked:
                self._hand_over(node, asked)
            if not node.draining and not node.taking and node.owns(self.now):
                self._take(node, orphans)
                self._ask_for(node, served)

        def failed() -> None:
            node.looking = False

        self._ask("look", node, do, then, failed)

    def _take(self, node: Node, orphans: list[int]) -> None:
        """Take shards whose owner has expired, as many as this node can load at once."""
        free = [
            shard
            for shard in orphans
            if not node.knows(shard, 1)
            and self.now >= self.tables.free_at[shard]
            and self.now >= self._may_take_from(node, shard)
        ][: AT_ONCE - len(node.loading)]
        if not free:
            return
        seen = [(shard, int(self.tables.epoch[shard])) for shard in free]
        node.taking = True

        def do() -> dict[int, int]:
            owners = {shard: int(self.tables.owner[shard]) for shard in free}
            taken = self.tables.take(node.number, seen, self.now)
            for shard in taken:
                self._check_taken(shard, owners[shard], node)
            return taken

        def then(taken: dict[int, int]) -> None:
            node.taking = False
            self._load(node, taken)

        def failed() -> None:
            node.taking = False

        self._ask("take", node, do, then, failed)

    def _may_take_from(self, node: Node, shard: int) -> float:
        """Returns from when a node may take a shard: at once if nobody owns it, or itself."""
        owner = int(self.tables.owner[shard])
        if owner == node.number or owner not in self.tables.expires:
            return self.now
        return node.beats.may_take_from(self.tables.expired_at(shard))

    def _check_taken(self, shard: int, owner: int, by: Node) -> None:
        """Raises Broken if the former owner still answers for a shard that was taken."""
        if owner < 0 or owner == by.number:
            return
        former = self.nodes[owner]
        if former.running:
            self.taken_from_living += 1
        if former.owns(self.now) and shard in former.served:
            raise Broken(f"{self.now:.3f} s: nodes {owner} and {by.number} own shard {shard}")

    def _load(self, node: Node, taken: dict[int, int]) -> None:
        """Load shards, those with the fewest messages first."""
        new = [shard for shard, epoch in taken.items() if not node.knows(shard, epoch)]
        self._down(node, [shard for shard in new if node.served.pop(shard, None)], Cause.MOVE)
        for shard in sorted(new, key=lambda each: self.accounts.messages[each]):
            messages = float(self.accounts.messages[shard])
            done = node.load(shard, taken[shard], messages, self.now)
            pages = 1 + int(messages / _PAGE)
            self.asked.note("load", self.now, pages)
            waited = sum(self.answers.seconds(self.now) for _ in range(min(pages, 3)))
            epoch = taken[shard]
            self._after(done - self.now + waited, node, lambda s=shard, e=epoch: self._loaded(node, s, e))  # type: ignore[misc]

    def _loaded(self, node: Node, shard: int, epoch: int) -> None:
        if node.loading.get(shard) != epoch:
            return
        if self.answers.away(self.now):
            self._after(1.0, node, lambda: self._loaded(node, shard, epoch))
            return
        del node.loading[shard]
        if self.tables.epoch[shard] == epoch and self.tables.owner[shard] == node.number:
            self.tables.loaded[shard] = True
        node.served[shard] = epoch
        self._check(node)
        if node.owns(self.now):
            self.waits.up(shard, self.now, node.number)

    def _ask_for(self, node: Node, served: list[int]) -> None:
        """Ask for some of the shards that this node wants and others serve."""
        if not served or node.taking or self.now < node.asking_until:
            return
        if may_ask(self.now, self.tables.changed, len(node.loading)):
            chosen = self._random.sample(served, asks(len(served)))
            node.asking_until = self.now + self._ttl
            self._ask("ask", node, lambda: self.tables.ask(node.number, chosen), lambda _: None)

    def _hand_over(self, node: Node, to: dict[int, int], then: Callable[[], None] = lambda: None) -> None:
        """Stop to serve shards, and make other nodes their owners."""
        leases = {shard: node.served.pop(shard) for shard in to if shard in node.served}
        self._down(node, leases, Cause.MOVE)
        if leases:
            self._send_over(node, leases, to, then)
        else:
            then()

    def _send_over(self, node: Node, leases: dict[int, int], to: dict[int, int], then: Callable[[], None]) -> None:
        """Write down the new owners, and let them know. It is sent until it is answered, for it may be done late."""

        def answered(epochs: dict[int, int]) -> None:
            by_node: dict[int, dict[int, int]] = {}
            for shard, epoch in epochs.items():
                by_node.setdefault(to[shard], {})[shard] = epoch
            for number, shards in by_node.items():
                self._inform(self.nodes[number], shards)
            then()

        def again() -> None:
            self._after(1.0, node, lambda: self._send_over(node, leases, to, then))

        self._ask("hand over", node, lambda: self.tables.hand_over(node.number, leases, to), answered, again)

    def _inform(self, node: Node, shards: dict[int, int]) -> None:
        """Let a node know that it owns shards. If it does not run, it learns that when it looks."""

        def informed() -> None:
            node.asking_until = self.now
            self._load(node, shards)

        if node.running:
            self._after(_HOP, node, informed)

    def _drain(self, node: Node) -> None:
        """Hand over all shards of a node that stops: the big ones after the others, one by one; then it ends."""
        self.tables.look(self.now)
        if not self.tables.spread.ids:  # there is no other node
            self._after(1.0, node, lambda: self._drain(node))
            return
        wanted, messages = self.tables.spread.wanted, self.accounts.messages
        small = {shard: int(wanted[shard]) for shard in node.served if messages[shard] <= _BIG}
        big = sorted((shard for shard in node.served if messages[shard] > _BIG), key=lambda each: messages[each])

        def next_one() -> None:
            if big:
                shard = big.pop(0)
                self._hand_over(node, {shard: int(wanted[shard])}, next_one)
            elif node.served:
                self._after(1.0, node, lambda: self._drain(node))
            else:
                self._leave(node)

        self._hand_over(node, small, next_one)

    def _leave(self, node: Node) -> None:
        def left(_: None) -> None:
            self._end(node)
            self.at(self.now + _RESTART, self.join)

        def again() -> None:
            self._after(1.0, node, lambda: self._leave(node))

        self._ask("leave", node, lambda: self.tables.leave(node.number), left, again)

    # whether shards are served

    def outage_begins(self) -> None:
        """The database goes away: nothing can be committed, so all calls wait."""
        for node in self.nodes:
            if node.running:
                self._down(node, node.served, Cause.DATABASE)

    def _down(self, node: Node, shards: Iterable[int], cause: Cause) -> None:
        for shard in shards:
            self.waits.down(shard, self.now, cause, node.number)

    def _up(self, node: Node) -> None:
        for shard in node.served:
            self.waits.up(shard, self.now, node.number)
