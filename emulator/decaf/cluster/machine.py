"""A node as a pure machine: from what happened, and when, it finds what to ask of the database next.

Rule: a node has one beat for all its shards, and asks one thing at a time. Nothing here reads a clock, waits, or knows
a socket. All times are as in lease.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from math import inf

from decaf.cluster.beats import RETRY, Beats
from decaf.cluster.lease import ShardLease, State
from decaf.cluster.spreading import Spreading
from decaf.persistence.postgres.ownership import Owned

_HUNG = 3.0  # seconds without a sign of life from the event loop, after which this node beats no more
_LOADS = 4  # shards that are loaded at the same time


class Statement(Enum):
    """What is to be asked of the database."""

    BEAT = "beat"  # put off the end of this node's leases, and look
    LOOK = "look"  # read who owns each shard
    TAKE = "take"  # a shard
    RELEASE = "release"  # a shard
    LEAVE = "leave"  # delete this node from the list of nodes


class LeaseMachine:
    """The machine of the node `node`, whose beats are good for `ttl` seconds. `jitter()` is from 0 to 1.

    Ask `next()` when it is `due()`, do what it returns, and report the outcome before asking again.
    """

    def __init__(self, node: str, ttl: float, jitter: Callable[[], float], shards: int = 1) -> None:
        self.node = node
        self.left = False  # it has released its leases and left: nothing is to be done any more
        self._beats = Beats(ttl)
        self.leases = tuple(ShardLease(shard, node, self._beats, jitter) for shard in range(shards))
        self._spreading = Spreading(node, shards, ttl)
        self._alive_at = -inf  # when the event loop showed a sign of life
        self._retry_at = -inf  # no statement before this time
        self._draining = self._leaving = False

    @property
    def deadline(self) -> float:
        """Until when this node owns the shards that it has the leases of."""
        return self._beats.deadline

    def next(self, now: float) -> tuple[Statement, ShardLease | None] | None:
        """Returns what to ask of the database at `now`, and of which shard; None for nothing until it is `due()`."""
        if self.left or now < self._retry_at:
            return None
        for lease in self.leases:
            if lease.releases:
                return Statement.RELEASE, lease
        if self._leaving and all(lease.lease is None for lease in self.leases):
            return Statement.LEAVE, None
        if now >= self._beats.next and self._is_alive(now):
            self._beats.send(now)
            return Statement.BEAT, None
        at, free = self._next_take(now)
        if free is not None and at <= now < self.deadline:
            free.take()
            return Statement.TAKE, free
        if now >= min(lease.next_look for lease in self.leases):
            for lease in self.leases:
                lease.look_later(now)
            return Statement.LOOK, None
        return None

    def due(self, now: float) -> float:
        """Returns when `next()` may have something to do, or a state changes."""
        if self.left:
            return inf
        if self._leaving or any(lease.releases for lease in self.leases):
            return self._retry_at
        beat = self._beats.next if self._is_alive(now) else now + RETRY
        take, _ = self._next_take(now)
        look = min(lease.next_look for lease in self.leases)
        asks = min(beat, look, take if take < self.deadline else inf)
        owns = any(now < lease.owned_until for lease in self.leases)
        return min(max(asks, self._retry_at), self.deadline if owns else inf)

    def pulse(self, now: float) -> None:
        """The event loop, or the loading of the state, goes on. Without this no beat is sent: a node that hangs must
        not keep the others from taking over."""
        self._alive_at = now

    def beat_answered(
        self, sent: float, now: float, owned: Sequence[Owned], alive: tuple[str, ...], committed: Sequence[int]
    ) -> None:
        """A beat that was sent at `sent` was answered: by who owns each shard, and which nodes are alive. `committed`
        is this node's last commit to each before that."""
        self.looked(now, owned, committed)  # first: by then a lease that is lost is none any more
        self._beats.answered(sent)
        for lease in self.leases:
            lease.find_end()
        self._spreading.note(now, alive)
        self._hand_over(now)

    def looked(self, now: float, owned: Sequence[Owned], committed: Sequence[int] = ()) -> None:
        """The database said who owns each shard."""
        for lease, seen, seq in zip(self.leases, owned, committed or (0,) * len(owned), strict=True):
            lease.looked(now, seen, seq)

    def failed(self, now: float) -> None:
        """A statement was not answered, or with an error: it may have been done or not, or be done later."""
        self._beats.failed(now)
        self._retry_at = now + RETRY
        for lease in self.leases:
            lease.failed()

    def look_now(self, now: float) -> None:
        """There is a hint that an owner has changed."""
        for lease in self.leases:
            lease.look_now(now)

    def drain(self) -> None:
        """This node stops, and takes no lease any more. Those that it has it keeps until they are `emptied()`."""
        self._draining = True
        for lease in self.leases:
            lease.stop(self._spreading.successor(self.leases))

    def release(self) -> None:
        """All is written, and this node answers no more."""
        for lease in self.leases:
            lease.release()

    def leave(self) -> None:
        """This node need not know any more who owns the shards: it leaves, once its leases are released."""
        self._leaving = True
        self.release()

    def has_left(self) -> None:
        """This node is no more in the list of nodes."""
        self.left = True

    def _hand_over(self, now: float) -> None:
        """Hand a shard over, if another node has too few of them."""
        if self._draining or not all(lease.is_settled for lease in self.leases):
            return
        for some in (self._some(is_used=True), self._some(is_used=False)):
            successor = self._spreading.to_hand_over(now, some)
            if successor is not None:
                next(lease for lease in reversed(some) if lease.lease is not None).hand_over(successor)
                return

    def _next_take(self, now: float) -> tuple[float, ShardLease | None]:
        """Returns when this node may take a shard, and which; inf and None when there is none. Those that accounts have
        come first."""
        if self._draining or sum(lease.state(now) is State.LOADING for lease in self.leases) >= _LOADS:
            return inf, None
        has_room = {is_used: self._spreading.has_room(self._some(is_used)) for is_used in (True, False)}
        alive = self._spreading.alive
        times = [(lease.may_take_at(has_room[lease.is_used], alive), lease) for lease in self.leases]
        at = min(each for each, _ in times)
        if at == inf:
            return inf, None
        free = [lease for each, lease in times if each <= max(at, now)]
        return at, min(free, key=lambda lease: (not lease.is_used, self._spreading.place(lease.shard)))

    def _some(self, is_used: bool) -> list[ShardLease]:
        """Returns the shards that accounts in regions have, or those that none has."""
        return [lease for lease in self.leases if lease.is_used == is_used]

    def _is_alive(self, now: float) -> bool:
        return now - self._alive_at < _HUNG
