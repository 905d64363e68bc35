"""The lease of a node, as a pure machine: from what happened, and when, it finds what to ask of the database next.

Rule: whether this node owns the state decays by itself. It owns it until `deadline`, a time that only a beat which the
database has answered puts off, and which ends before the database lets another node take over. So whatever fails or
hangs, two nodes never believe at the same time that they own it. Nothing here reads a clock, waits, or knows a socket.

All times are of CLOCK_BOOTTIME of this machine, in seconds; of the database's clock only differences are used.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from math import inf

from decaf.cluster.beats import RETRY, Beats
from decaf.persistence.postgres.ownership import Lease, Owned

LOOK = 0.25  # seconds between two looks while no node is active
_HUNG = 3.0  # seconds without a sign of life from the event loop, after which this node beats no more
_LONGEST_PAUSE = 60.0  # seconds between two loads that fail


class State(Enum):
    """What this node is to the state."""

    NONE = "standby"  # another node is active, or none is
    TAKING = "taking"  # it has asked the database for the lease
    LOADING = "loading"  # it has the lease, and reads the state
    OWNED = "active"  # it is the active node
    SUSPENDED = "suspended"  # it may have lost the lease, and answers nothing until it knows
    DRAINING = "draining"  # it stops, and writes what is left


class Statement(Enum):
    """What is to be asked of the database."""

    BEAT = "beat"  # put off the end of this node's lease, and look
    LOOK = "look"  # read who owns the state
    TAKE = "take"
    RELEASE = "release"
    LEAVE = "leave"  # delete this node from the list of nodes


class LeaseMachine:
    """The machine of the node `node`, whose beats are good for `ttl` seconds. `jitter()` is from 0 to 1.

    Ask `next()` when it is `due()`, do what it returns, and report the outcome before asking again.
    """

    def __init__(self, node: str, ttl: float, jitter: Callable[[], float]) -> None:
        self.node = node
        self.owned_until = -inf  # until when it owns the state: -inf unless it has the lease and has loaded it
        self.lease: Lease | None = None
        self.seen: Owned | None = None  # None until the database was asked, and after a take that failed
        self.left = False  # it has released the lease and left: nothing is to be done any more
        self._jitter = jitter
        self._taking = self._loaded = self._draining = self._releasing = self._leaving = False
        self._beats = Beats(ttl)
        self._next_look = -inf
        self._expires = inf  # when the owner's beat expires
        self._alive = -inf  # when the event loop showed a sign of life
        self._not_before = -inf  # no take before this time
        self._retry_at = -inf  # no statement before this time
        self._failed_loads = 0

    @property
    def deadline(self) -> float:
        """Until when this node owns the state, if it has the lease."""
        return self._beats.deadline

    def state(self, now: float) -> State:
        """Returns the state at `now`, which a mere passing of time changes: see `deadline`."""
        if self.lease is None:
            return State.TAKING if self._taking else State.NONE
        if self._draining:
            return State.DRAINING
        if not self._loaded:
            return State.LOADING
        return State.OWNED if now < self.deadline else State.SUSPENDED

    def next(self, now: float) -> Statement | None:
        """Returns what to ask of the database at `now`, None for nothing until it is `due()`."""
        if self.left or now < self._retry_at:
            return None
        if self.lease is not None and self._releasing:
            return Statement.RELEASE
        if self.lease is None and self._leaving:
            return Statement.LEAVE
        if now >= self._beats.next and self._is_alive(now):
            self._beats.send(now)
            return Statement.BEAT
        if now >= self._may_take_at() and now < self.deadline:
            self._taking = True
            return Statement.TAKE
        if now >= self._next_look:
            self._next_look = self._look_after(now)
            return Statement.LOOK
        return None

    def due(self, now: float) -> float:
        """Returns when `next()` may have something to do, or the state changes."""
        if self.left:
            return inf
        if self._leaving or (self.lease is not None and self._releasing):
            return self._retry_at
        beat = self._beats.next if self._is_alive(now) else now + RETRY
        take = self._may_take_at()
        asks = min(beat, self._next_look, take if take < self.deadline else inf)
        ends = self.deadline if self.state(now) is State.OWNED else inf
        return min(max(asks, self._retry_at), ends)

    def pulse(self, now: float) -> None:
        """The event loop, or the loading of the state, goes on. Without this no beat is sent: a node that hangs must
        not keep the others from taking over."""
        self._alive = now

    def beat_answered(self, sent: float, now: float, seen: Owned, committed: int = 0) -> None:
        """A beat that was sent at `sent` was answered. `committed` is this node's last commit before that."""
        self.looked(now, seen, committed)  # first: by then a lease that is lost is none any more
        self._beats.answered(sent)
        self._find_end()

    def looked(self, now: float, seen: Owned, committed: int = 0) -> None:
        """The database said who owns the state."""
        self.seen = seen
        self._expires = now + seen.left if seen.owner is not None else -inf
        self._next_look = inf if now < self._expires else self._look_after(now)
        if self.lease is not None and (
            (seen.owner, seen.epoch) != (self.node, self.lease.epoch) or seen.seq < committed
        ):
            self._lose()

    def failed(self, now: float) -> None:
        """A statement was not answered, or with an error: it may have been done or not, or be done later."""
        self._taking = False
        self._beats.failed(now)
        self._retry_at = now + RETRY
        if self.lease is None and self.seen is not None and self.seen.owner is None:
            self.seen = None  # that it is free may be wrong by now

    def taken(self, now: float, lease: Lease | None) -> None:
        """A take was answered: by the lease, or None when another node has it."""
        self._taking = False
        if lease is None:
            self.seen = None
            self._next_look = self._look_after(now)
            return
        self.lease = lease
        self._loaded = False
        self._releasing = self._draining
        self._next_look = inf
        self.seen = None

    def loaded(self, epoch: int) -> None:
        """The state was read under the lease of `epoch`."""
        if self.lease is not None and self.lease.epoch == epoch and not self._releasing:
            self._loaded = True
            self._find_end()
            self._failed_loads = 0

    def load_failed(self, now: float, epoch: int) -> None:
        """The state could not be read: another node may try, and this one later."""
        if self.lease is None or self.lease.epoch != epoch:
            return
        self._failed_loads += 1
        self._not_before = now + min(2.0**self._failed_loads, _LONGEST_PAUSE)
        self._releasing = True

    def fenced(self, now: float, epoch: int) -> None:
        """A commit under the lease of `epoch` was refused: another node owns the state."""
        if self.lease is not None and self.lease.epoch == epoch:
            self._lose()
            self._next_look = now

    def look_now(self, now: float) -> None:
        """There is a hint that the owner has changed."""
        if self.lease is None:
            self._next_look = now

    def drain(self) -> None:
        """This node stops, and takes no lease any more. One that it has it keeps until `emptied()`."""
        self._draining = True
        self._find_end()

    def emptied(self) -> None:
        """All is written, and this node answers no more."""
        self._releasing = True

    def leave(self) -> None:
        """This node need not know any more who owns the state: it leaves, once its lease is released."""
        self._releasing = self._leaving = True

    def released(self, now: float) -> None:
        """The lease was released: by a node that could not load it, or that stops."""
        self._lose()
        self.seen = None
        self._next_look = self._look_after(now)

    def has_left(self) -> None:
        """This node is no more in the list of nodes."""
        self.left = True

    def _lose(self) -> None:
        self.lease = None
        self._loaded = self._releasing = False
        self._find_end()

    def _find_end(self) -> None:
        owns = self.lease is not None and self._loaded and not self._draining
        self.owned_until = self.deadline if owns else -inf

    def _look_after(self, now: float) -> float:
        return now + LOOK * (1 + self._jitter() / 2)

    def _is_alive(self, now: float) -> bool:
        return now - self._alive < _HUNG

    def _may_take_at(self) -> float:
        """Returns when this node may take the lease."""
        if self.lease is not None or self._draining or self.seen is None:
            return inf
        if self.seen.owner is None or self.seen.owner == self.node:
            return self._not_before
        return max(self._beats.may_take_from(self._expires), self._not_before)
