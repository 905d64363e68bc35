"""Which node wants which shard, and how fast shards may move.

Rule: rendezvous hashing. Each pair of a shard and a node has a weight, and the node of the highest one wants the shard.
So nodes that see the same nodes agree without a word, and a node that joins or leaves moves its own shards alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

QUIET = 30.0  # seconds after a change of nodes in which none asks for a shard that another serves
NOBODY = -1  # in place of a node's number

_MIX = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))  # SplitMix64's
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def weights(shards: NDArray[np.uint64], nodes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Returns the weight of each pair of a shard and a node, which are broadcast against each other."""
    mixed = _mix(shards * _SPREAD) ^ nodes
    return _mix(mixed)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, factor in _MIX:
        values = (values ^ (values >> np.uint64(shift))) * factor
    return values ^ (values >> np.uint64(31))


def asks(lacking: int) -> int:
    """Returns how many shards a node asks for at a time, of `lacking` ones that it wants and others serve."""
    return -(-lacking // 8)


def may_ask(now: float, nodes_changed: float, loading: int) -> bool:
    """Returns whether a node may ask for shards that others serve: not while nodes come and go, nor while it loads."""
    return now >= nodes_changed + QUIET and loading == 0


def hold_off(failures: int) -> float:
    """Returns for how many seconds nobody takes a shard whose owners died `failures` times while they loaded it."""
    return 0.0 if failures < 3 else float(60 * 2 ** min(failures - 3, 2))


class Spread:
    """The node that wants each of `shards` shards, kept as nodes join and leave. A node is a number and a 64-bit id."""

    def __init__(self, shards: int) -> None:
        self.wanted = np.full(shards, NOBODY, dtype=np.int32)
        self.ids: dict[int, int] = {}  # of the nodes that there are
        self._shards = np.arange(shards, dtype=np.uint64)
        self._highest = np.zeros(shards, dtype=np.uint64)

    def change(self, joined: Iterable[tuple[int, int]], left: Iterable[int]) -> None:
        """Nodes have left, and others joined with their ids. Only the shards of these are looked at."""
        gone = [number for number in left if self.ids.pop(number, None) is not None]
        if gone:
            freed = np.flatnonzero(np.isin(self.wanted, gone))
            self.wanted[freed], self._highest[freed] = NOBODY, 0
            for number, node in self.ids.items():
                self._offer(number, node, freed)
        for number, node in joined:
            self.ids[number] = node
            self._offer(number, node, None)

    def _offer(self, number: int, node: int, among: NDArray[np.intp] | None) -> None:
        """Let a node have those of `among` for which it has the highest weight, or of all."""
        shards = self._shards if among is None else self._shards[among]
        highest = self._highest if among is None else self._highest[among]
        offered = weights(shards, np.array(node, dtype=np.uint64))
        won = np.flatnonzero((offered > highest) | ((offered == highest) & (self.wanted[shards] == NOBODY)))
        places = won if among is None else among[won]
        self._highest[places] = offered[won]
        self.wanted[places] = number
