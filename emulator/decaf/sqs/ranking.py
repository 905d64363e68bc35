"""Things in the order of a rank that changes.

Rule: nothing here costs more than O(log n). A thing whose rank changed leaves its old entry behind; such dead
entries are skipped when met, and swept once they outnumber the living.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T", bound=Hashable)
Rank = tuple[Any, ...]  # whose parts compare

_SWEEP_FLOOR = 64


class Ranking(Generic[T]):
    """The things that have a rank, a tuple; the lowest is the first."""

    __slots__ = ("_heap", "_order", "_ranks")

    def __init__(self) -> None:
        self._ranks: dict[T, Rank] = {}
        self._heap: list[tuple[Rank, int, T]] = []
        self._order = 0  # so that things themselves are never compared

    def __len__(self) -> int:
        return len(self._ranks)

    def put(self, thing: T, rank: Rank) -> None:
        """Give `thing` a rank, in place of the one it has."""
        if self._ranks.get(thing) == rank:
            return
        self._ranks[thing] = rank
        self._order += 1
        heapq.heappush(self._heap, (rank, self._order, thing))
        if len(self._heap) > 2 * len(self._ranks) + _SWEEP_FLOOR:
            self._sweep()

    def drop(self, thing: T) -> None:
        """`thing` has no rank any more, if it had one."""
        self._ranks.pop(thing, None)

    def first(self) -> T | None:
        """The thing of the lowest rank, None if there are none."""
        while self._heap:
            rank, _, thing = self._heap[0]
            if self._ranks.get(thing) == rank:
                return thing
            heapq.heappop(self._heap)
        return None

    def lowest(self) -> Rank | None:
        """The rank of the first, None if there are none."""
        return None if self.first() is None else self._heap[0][0]

    def clear(self) -> None:
        self._ranks.clear()
        self._heap.clear()

    def _sweep(self) -> None:
        self._heap = [(rank, order, thing) for order, (thing, rank) in enumerate(self._ranks.items())]
        heapq.heapify(self._heap)
        self._order = len(self._heap)
