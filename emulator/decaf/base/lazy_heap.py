"""Heaps from which entries may leave before their turn.

The data structure: a binary heap (heapq) finds its lowest entry in O(log n), but cannot remove one from its middle.
So an entry that is no longer wanted stays where it is: it is dead. Dead entries are skipped when they come to the
top, and removed together, by a sweep, once they outnumber the live ones. A sweep costs O(n) and follows at least n / 2
deaths, so a death costs O(1) on average, and memory is in proportion to the live entries.

    entries   [3 live, 5 dead, 4 live, 9 dead, 6 dead]     first() -> 3
    sweep     [3 live, 4 live]                             first() -> 3

Rule: whether an entry is live is for the heap's owner to decide, from the state that it keeps anyway. A `LazyHeap` has
its owner's `is_live` for that; a `Ranking` is an owner itself, of things with a rank.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

SWEEP_FLOOR = 64  # dead entries; fewer are not worth a sweep


class Entry(Hashable, Protocol):
    """A value that can be in a heap, and in a set."""

    def __lt__(self, other: Any, /) -> bool: ...


E = TypeVar("E", bound=Entry)
K = TypeVar("K", bound=Entry)
T = TypeVar("T", bound=Hashable)


class LazyHeap(Generic[E]):
    """A heap of the entries for which `is_live` holds; the lowest is the first.

    `entries` is the list that heapq works on, dead entries included: the same list as long as the heap exists.
    `push(entry)` adds an entry. Equal entries are one when swept.
    """

    __slots__ = ("_is_live", "entries", "push")

    def __init__(self, is_live: Callable[[E], bool]) -> None:
        self._is_live = is_live
        self.entries: list[E] = []
        self.push: Callable[[E], None] = partial(heapq.heappush, self.entries)  # no Python call on the way

    def first(self) -> E | None:
        """Return the lowest live entry, None if there is none."""
        entries, is_live = self.entries, self._is_live
        while entries:
            if is_live(entries[0]):
                return entries[0]
            heapq.heappop(entries)
        return None

    def pop(self) -> E | None:
        """Remove and return the lowest live entry, None if there is none."""
        return None if self.first() is None else heapq.heappop(self.entries)

    def sweep(self, live: int) -> None:
        """Remove dead entries if they outnumber the `live` ones; to be called after an entry died."""
        if len(self.entries) > 2 * live + SWEEP_FLOOR:
            self.entries[:] = set(filter(self._is_live, self.entries))
            heapq.heapify(self.entries)

    def clear(self) -> None:
        self.entries.clear()


class Ranking(Generic[K, T]):
    """Things in the order of a rank that may change; of equal ranks the one given first comes first."""

    __slots__ = ("_entries", "_given", "_heap")

    def __init__(self) -> None:
        self._entries: dict[T, tuple[K, int, T]] = {}  # the live entry of each thing
        self._heap: LazyHeap[tuple[K, int, T]] = LazyHeap(lambda entry: self._entries.get(entry[2]) is entry)
        self._given = 0  # ranks, so that things themselves are never compared

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[T]:
        """Iterate over the things, in the order in which they first got a rank."""
        return iter(self._entries)

    def put(self, thing: T, rank: K) -> None:
        """Give `thing` a rank, in place of the one it has."""
        present = self._entries.get(thing)
        if present is not None and present[0] == rank:
            return
        self._given += 1
        entry = self._entries[thing] = (rank, self._given, thing)
        self._heap.push(entry)
        self._heap.sweep(len(self._entries))

    def drop(self, thing: T) -> None:
        """Remove `thing`, if it has a rank."""
        if self._entries.pop(thing, None) is not None:
            self._heap.sweep(len(self._entries))

    def first(self) -> T | None:
        """Return the thing of the lowest rank, None if there are none."""
        entry = self._heap.first()
        return None if entry is None else entry[2]

    def lowest(self) -> K | None:
        """Return the lowest rank, None if there are none."""
        entry = self._heap.first()
        return None if entry is None else entry[0]

    def clear(self) -> None:
        self._entries.clear()
        self._heap.clear()
