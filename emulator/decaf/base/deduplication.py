"""What FIFO queues and FIFO topics tell duplicates by: ids, and a memory of those that came lately.

Rule: one period for all entries of a memory, so that they end in the order in which they were noted, and nothing is
searched.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

REMEMBERED_FOR = 300.0  # seconds

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Window(Generic[K, V]):
    """Values by key, each for `seconds` from when it was noted. `len()` counts what has not been dropped yet."""

    __slots__ = ("_entries", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()  # key -> when it ends, value

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: K, now: float) -> V | None:
        """The value of `key`, None when there is none or it has ended."""
        self._drop_ended(now)
        entry = self._entries.get(key)
        return None if entry is None else entry[1]

    def note(self, key: K, value: V, now: float) -> None:
        """Keep `value`, in place of an earlier one."""
        self._drop_ended(now)
        self._entries[key] = (now + self._seconds, value)
        self._entries.move_to_end(key)

    def noted(self) -> list[tuple[K, V, float]]:
        """What is here: keys, values, and when they were noted."""
        return [(key, value, ends - self._seconds) for key, (ends, value) in self._entries.items()]

    def noted_at(self, key: K) -> float | None:
        """When `key` was noted, None if it is not here."""
        entry = self._entries.get(key)
        return None if entry is None else entry[0] - self._seconds

    def clear(self) -> None:
        self._entries.clear()

    def _drop_ended(self, now: float) -> None:
        entries = self._entries
        while entries and next(iter(entries.values()))[0] <= now:
            entries.popitem(last=False)


def content_based_id(body: str) -> str:
    """The deduplication id that a body has by itself: its SHA-256, in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()
