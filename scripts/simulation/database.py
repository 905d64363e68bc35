"""One database: what its tables say of nodes and shards, how long it takes to answer, and how much it is asked.

Rule: the tables change by the statements below alone, each of which is one moment, and its clock decides what has
expired. A statement is the same for one shard and for many of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from random import Random

import numpy as np
from numpy.typing import NDArray

from scripts.simulation.spreading import NOBODY, Spread, hold_off

_REMEMBERED = 600.0  # seconds for which a failed load counts


@dataclass(slots=True)
class Trouble:
    """From when to when the database is away, or answers `slower` times as slowly."""

    begin: float
    end: float
    slower: float = inf  # away

    def holds(self, now: float) -> bool:
        return self.begin <= now < self.end


@dataclass(slots=True)
class Answers:
    """How fast the database answers: the median of a statement in seconds, and its troubles."""

    random: Random
    median: float = 0.002
    troubles: list[Trouble] = field(default_factory=list)

    def away(self, now: float) -> bool:
        return any(trouble.slower == inf and trouble.holds(now) for trouble in self.troubles)

    def seconds(self, now: float) -> float:
        """Returns how long a statement takes that is sent at `now`."""
        slower = max((each.slower for each in self.troubles if each.slower < inf and each.holds(now)), default=1.0)
        return self.median * slower * self.random.lognormvariate(0, 0.7)


class Tables:
    """The tables `nodes` and `shards`, for `shards` shards, and the nodes' agreement on who wants which."""

    def __init__(self, shards: int) -> None:
        self.owner = np.full(shards, NOBODY, dtype=np.int32)
        self.epoch = np.zeros(shards, dtype=np.int64)
        self.loaded = np.zeros(shards, dtype=np.bool_)  # whether the owner has reported that it serves the shard
        self.free_at = np.zeros(shards)  # not to be taken before: its owners died while they loaded it
        self.counts: Counter[int] = Counter()  # of shards, by owner
        self.expires: dict[int, float] = {}  # by node
        self.draining: set[int] = set()
        self.asked: dict[int, dict[int, int]] = {}  # by owner: which of its shards which node asks for
        self.changed = -inf  # when the nodes that live were last seen to have changed
        self.spread = Spread(shards)
        self._misplaced: NDArray[np.intp] | None = None  # the shards that others than their owners want, if it is known
        self._ids: dict[int, int] = {}
        self._next_change = -inf
        self._failures: dict[int, list[float]] = {}  # when, by shard
        self._failed: dict[int, int] = {}  # under which epoch a shard was not loaded, the last time

    def beat(self, node: int, node_id: int, until: float) -> None:
        """Put off the end of a node's lease."""
        self.expires[node] = until
        self._ids[node] = node_id
        if node not in self.spread.ids:
            self._next_change = -inf

    def look(self, now: float) -> None:
        """Note which nodes live: those whose lease has not expired, and that do not stop."""
        if now < self._next_change:
            return
        living = {node for node, until in self.expires.items() if until > now and node not in self.draining}
        left, joined = self.spread.ids.keys() - living, living - self.spread.ids.keys()
        if left or joined:
            self.spread.change(((node, self._ids[node]) for node in sorted(joined)), sorted(left))
            self.changed = now
            self._misplaced = None
        self._next_change = min((self.expires[node] for node in living), default=-inf)

    def expired_at(self, shard: int) -> float:
        """Returns when the lease of a shard's owner expires: long ago if nobody owns it."""
        return self.expires.get(int(self.owner[shard]), -inf)

    def lacking(self, node: int, now: float) -> tuple[list[int], list[int]]:
        """Returns the shards that a node wants and does not own: those whose owner has expired, and the others."""
        if self._misplaced is None:
            self._misplaced = np.flatnonzero(self.spread.wanted != self.owner)
        orphans: list[int] = []
        served: list[int] = []
        for shard in self._misplaced[self.spread.wanted[self._misplaced] == node].tolist():
            (served if self.expired_at(shard) > now else orphans).append(shard)
        return orphans, served

    def owned(self, node: int) -> list[int]:
        """Returns the shards that a node owns."""
        return np.flatnonzero(self.owner == node).tolist()

    def take(self, node: int, seen: Iterable[tuple[int, int]], now: float) -> dict[int, int]:
        """Take shards that were `seen` with their epochs. Returns the new epochs of those that could be taken."""
        taken = {}
        for shard, epoch in seen:
            owner = int(self.owner[shard])
            is_free = owner in (NOBODY, node) or self.expires.get(owner, -inf) <= now
            if self.epoch[shard] != epoch or not is_free or now < self.free_at[shard]:
                continue
            if not self.loaded[shard] and owner not in (NOBODY, node) and self._failed.get(shard) != epoch:
                self._note_failure(shard, epoch, now)
                if now < self.free_at[shard]:
                    continue
            taken[shard] = self._change(shard, node)
        return taken

    def ask(self, node: int, shards: Iterable[int]) -> None:
        """Ask the owners of shards to hand them over."""
        for shard in shards:
            if self.loaded[shard]:
                self.asked.setdefault(int(self.owner[shard]), {})[shard] = node

    def hand_over(self, node: int, shards: dict[int, int], to: dict[int, int]) -> dict[int, int]:
        """Make others the owners of shards, which `node` owns under these epochs. Returns the new epochs."""
        return {
            shard: self._change(shard, to[shard])
            for shard, epoch in shards.items()
            if self.owner[shard] == node and self.epoch[shard] == epoch
        }

    def leave(self, node: int) -> None:
        """Forget a node that has ended."""
        self.expires.pop(node, None)
        self.draining.discard(node)
        self._next_change = -inf

    def drain(self, node: int) -> None:
        """Note that a node stops."""
        self.draining.add(node)
        self._next_change = -inf

    def _change(self, shard: int, owner: int) -> int:
        self.counts[int(self.owner[shard])] -= 1
        self.counts[owner] += 1
        self.owner[shard] = owner
        self.epoch[shard] += 1
        self.loaded[shard] = False
        self._misplaced = None
        return int(self.epoch[shard])

    def _note_failure(self, shard: int, epoch: int, now: float) -> None:
        """The owner of a shard under this epoch died while it loaded it."""
        self._failed[shard] = epoch
        failures = [at for at in self._failures.get(shard, []) if at > now - _REMEMBERED] + [now]
        self._failures[shard] = failures
        self.free_at[shard] = now + hold_off(len(failures))


class Asked:
    """How many statements of each kind reached the database, in each second."""

    def __init__(self) -> None:
        self.by_second: dict[str, Counter[int]] = {}

    def note(self, kind: str, now: float, count: int = 1) -> None:
        self.by_second.setdefault(kind, Counter())[int(now)] += count
