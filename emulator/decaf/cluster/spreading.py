"""How the shards are spread over the nodes: each takes up to its share, and who has more hands over to who has fewer.
Those that accounts have are spread by themselves, so that nobody's share is of those that none has.

Rule: a node decides for itself, from what its last beat has seen. Two that decide differently do no harm, since the
database lets only one take a shard. Nothing moves soon after a node came or went: while all nodes are restarted in
turn, shards go back and forth as little as can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import inf
from zlib import crc32

from decaf.cluster.lease import ShardLease

_QUIET = 2.0  # leases after a change of nodes in which no shard is handed over


class Spreading:
    """What the node `node` knows of the others that share `shards` shards. A beat is good for `ttl` seconds."""

    def __init__(self, node: str, shards: int, ttl: float) -> None:
        self.alive: tuple[str, ...] = ()  # the nodes whose leases last
        self._node = node
        self._shards = shards
        self._first = crc32(node.encode()) % shards
        self._quiet = _QUIET * ttl
        self._changed_at = -inf

    def note(self, now: float, alive: tuple[str, ...]) -> None:
        """A beat has shown which nodes are alive."""
        if alive != self.alive:
            self.alive, self._changed_at = alive, now

    def place(self, shard: int) -> int:
        """Returns where a shard stands in the order in which this node takes them: nodes begin with different ones."""
        return (shard - self._first) % self._shards

    def has_room(self, leases: Sequence[ShardLease]) -> bool:
        """Returns whether this node has less than its share of some shards."""
        share = -(-len(leases) // max(1, len(self.alive)))
        return sum(lease.lease is not None for lease in leases) < share

    def successor(self, leases: Sequence[ShardLease]) -> str | None:
        """Returns the node that has the fewest of some shards, of those alive but for this one; None without one."""
        counts = self._counts(leases)
        return min((node for node in self.alive if node != self._node), key=lambda node: counts[node], default=None)

    def to_hand_over(self, now: float, leases: Sequence[ShardLease]) -> str | None:
        """Returns the node that this one should hand one of some shards over to; None when it should not."""
        if now < self._changed_at + self._quiet:
            return None
        successor, counts = self.successor(leases), self._counts(leases)
        if successor is None or counts[self._node] < counts[successor] + 2:
            return None
        return successor

    def _counts(self, leases: Sequence[ShardLease]) -> Counter[str]:
        """Returns how many of some shards each node has, as far as is known."""
        return Counter(each.owner for each in leases if each.owner is not None)
