"""The lease of one shard, as a pure machine: what the database has said of it, and what follows for this node.

Rule: whether this node owns the shard decays by itself. It owns it until `owned_until`, a time that only a beat which
the database has answered puts off, and which ends before the database lets another node take over. So whatever fails or
hangs, two nodes never believe at the same time that they own it. Nothing here reads a clock, waits, or knows a socket.

All times are of CLOCK_BOOTTIME of this machine, in seconds; of the database's clock only differences are used.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from math import inf

from decaf.cluster.beats import Beats
from decaf.persistence.postgres.ownership import Lease, Owned

LOOK = 0.25  # seconds between two looks while a shard has no owner
_LONGEST_PAUSE = 60.0  # seconds between two loads that fail
_FOR_OTHERS = 1.0  # seconds for which a node leaves a shard to those that should rather have it


class State(Enum):
    """What this node is to a shard."""

    NONE = "standby"  # another node is active, or none is
    TAKING = "taking"  # it has asked the database for the lease
    LOADING = "loading"  # it has the lease, and reads the state
    OWNED = "active"  # it is the active node
    SUSPENDED = "suspended"  # it may have lost the lease, and answers nothing until it knows
    DRAINING = "draining"  # it stops, or hands the shard over, and writes what is left


class ShardLease:
    """What the node `node` knows of a shard, and its lease if it has one. `jitter()` is from 0 to 1."""

    def __init__(self, shard: int, node: str, beats: Beats, jitter: Callable[[], float]) -> None:
        self.shard = shard
        self.owned_until = -inf  # until when the node owns it: -inf unless it has the lease and has loaded it
        self.lease: Lease | None = None
        self.seen: Owned | None = None  # None until the database was asked, and after a take that failed
        self.wanted: str | None = None  # the node that it is handed over to
        self.is_used = False  # whether an account in a region has it
        self.next_look = -inf
        self._node = node
        self._beats = beats
        self._jitter = jitter
        self._taking = self._loaded = self._handing_over = self._releasing = self._stops = False
        self._expires = inf  # when the owner's beat expires, or when it was first seen without an owner
        self._not_before = -inf  # no take before this time
        self._failed_loads = 0

    @property
    def releases(self) -> bool:
        """Whether the lease is to be released now."""
        return self.lease is not None and self._releasing

    @property
    def is_settled(self) -> bool:
        """Whether another node owns it, as far as is known, or this one does and keeps it."""
        return self.owner is not None and (self.lease is None or (self._loaded and not self._handing_over))

    @property
    def owner(self) -> str | None:
        """The node that owns it, as far as is known."""
        if self.lease is not None:
            return self._node
        return None if self.seen is None else self.seen.owner

    def state(self, now: float) -> State:
        """Returns the state at `now`, which a mere passing of time changes: see Beats.deadline."""
        if self.lease is None:
            return State.TAKING if self._taking else State.NONE
        if self._stops or self._handing_over:
            return State.DRAINING
        if not self._loaded:
            return State.LOADING
        return State.OWNED if now < self._beats.deadline else State.SUSPENDED

    def may_take_at(self, has_room: bool, alive: tuple[str, ...]) -> float:
        """Returns when the node may take the lease. It leaves a little time to the node that is to have the shard, if
        that is `alive`; without one, to those that have room, if it has none.
        """
        if self.lease is not None or self._stops or self.seen is None:
            return inf
        owner, wanted = self.seen.owner, self.seen.wanted
        if owner == self._node:
            return self._not_before
        is_for_others = wanted != self._node if owner is None and wanted in alive else not has_room
        free_at = self._expires if owner is None else self._beats.may_take_from(self._expires)
        return max(free_at + _FOR_OTHERS if is_for_others else free_at, self._not_before)

    def take(self) -> None:
        """The database is asked for the lease."""
        self._taking = True

    def look_later(self, now: float) -> None:
        """The database is asked who owns it."""
        if self.next_look < inf:
            self.next_look = now + LOOK * (1 + self._jitter() / 2)

    def beat_answered(self, now: float, seen: Owned, committed: int) -> None:
        """A beat was answered. `committed` is this node's last commit before that."""
        self.looked(now, seen, committed)
        self.find_end()

    def looked(self, now: float, seen: Owned, committed: int = 0) -> None:
        """The database said who owns it."""
        if seen.owner is not None:
            self._expires = now + seen.left
        elif self.seen is None or self.seen.owner is not None or self.seen.epoch != seen.epoch:
            self._expires = now
        self.seen = seen
        self.is_used = seen.places > 0
        self.next_look = inf if now < self._expires else now
        self.look_later(now)
        if self.lease is not None and (
            (seen.owner, seen.epoch) != (self._node, self.lease.epoch) or seen.seq < committed
        ):
            self._lose()

    def failed(self) -> None:
        """A statement was not answered, or with an error: it may have been done or not, or be done later."""
        self._taking = False
        if self.lease is None and self.seen is not None and self.seen.owner is None:
            self.seen = None  # that it is free may be wrong by now

    def taken(self, now: float, lease: Lease | None) -> None:
        """A take was answered: by the lease, or None when another node has it."""
        self._taking = False
        self.seen = None
        if lease is None:
            self.next_look = now
            self.look_later(now)
            return
        self.lease = lease
        self._loaded = False
        self._releasing = self._stops
        self.next_look = inf

    def loaded(self, epoch: int) -> None:
        """The state was read under the lease of `epoch`."""
        if self.lease is not None and self.lease.epoch == epoch and not self._releasing:
            self._loaded = True
            self.find_end()
            self._failed_loads = 0

    def load_failed(self, now: float, epoch: int) -> None:
        """The state could not be read: another node may try, and this one later."""
        if self.lease is None or self.lease.epoch != epoch:
            return
        self._failed_loads += 1
        self._not_before = now + min(2.0**self._failed_loads, _LONGEST_PAUSE)
        self._releasing = True

    def fenced(self, now: float, epoch: int) -> None:
        """A commit under the lease of `epoch` was refused: another node owns the shard."""
        if self.lease is not None and self.lease.epoch == epoch:
            self._lose()
            self.next_look = now

    def look_now(self, now: float) -> None:
        """There is a hint that the owner has changed."""
        if self.lease is None:
            self.next_look = now

    def stop(self, wanted: str | None) -> None:
        """The node takes the lease no more; one that it has it hands over."""
        self._stops = True
        self.hand_over(wanted)

    def hand_over(self, wanted: str | None) -> None:
        """The node keeps its lease until all is `emptied()`; the node that is `wanted` is to have it then."""
        self._handing_over = True
        self.wanted = wanted
        self.find_end()

    def emptied(self, epoch: int) -> None:
        """All is written under the lease of `epoch`, and this node answers no more."""
        if self.lease is not None and self.lease.epoch == epoch:
            self.release()

    def release(self) -> None:
        """The lease, if there is one, is to be released now."""
        self._releasing = True

    def released(self, now: float) -> None:
        """The lease was released: by a node that could not load the state, that hands it over, or that stops."""
        self._lose()
        self.seen = None
        self.next_look = now
        self.look_later(now)

    def find_end(self) -> None:
        """Find out until when the node owns the shard."""
        owns = self.lease is not None and self._loaded and not self._handing_over
        self.owned_until = self._beats.deadline if owns else -inf

    def _lose(self) -> None:
        self.lease = self.wanted = None
        self._loaded = self._releasing = self._handing_over = False
        self.find_end()
