"""A node: whether it runs, its beats, and the shards that it serves and loads."""

from __future__ import annotations

from dataclasses import dataclass, field

from decaf.cluster.beats import Beats

AT_ONCE = 16  # shards that a node loads at a time
_MESSAGES_A_SECOND = 100_000  # that a node loads, of one shard or of several


@dataclass(slots=True)
class Node:
    """A node of one start: a restarted one has another number and id. Shards are with the epochs of its leases."""

    number: int
    id: int
    beats: Beats
    running: bool = True  # not stopped by a signal, nor ended
    ended: bool = False
    draining: bool = False
    suspended: bool = False  # it answers nothing until it has beaten
    turn: int = 0  # counts the stops: what was under way at one is lost
    served: dict[int, int] = field(default_factory=dict)
    loading: dict[int, int] = field(default_factory=dict)
    taking: bool = False
    looking: bool = False
    asking_until: float = 0.0  # it has asked for shards, and waits for them
    _free_at: float = 0.0

    def owns(self, now: float) -> bool:
        """Returns whether this node answers for the shards that it serves."""
        return self.running and now < self.beats.deadline

    def lose(self, shards: dict[int, int]) -> None:
        """Forget shards which another owns since these epochs."""
        for leases in (self.served, self.loading):
            for shard in [shard for shard, epoch in shards.items() if leases.get(shard) == epoch]:
                del leases[shard]

    def knows(self, shard: int, epoch: int) -> bool:
        """Returns whether this node has a shard under this epoch or a later one."""
        return max(self.served.get(shard, 0), self.loading.get(shard, 0)) >= epoch

    def load(self, shard: int, epoch: int, messages: float, now: float) -> float:
        """Begin to load a shard, and return when that will be done: one processor loads all."""
        self.loading[shard] = epoch
        self._free_at = max(self._free_at, now) + messages / _MESSAGES_A_SECOND
        return self._free_at
