"""How FIFO queues and FIFO topics recognise duplicates: by ids, and a memory of those of the last 5 minutes.

Rule: all entries of a memory are kept for the same period. So they end in the order in which they were noted, and
none is searched for.
Source: Amazon SQS Developer Guide, "Exactly-once processing"; Amazon SNS Developer Guide, "Message deduplication".
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
    """Values by key, each kept for `seconds` after it was noted. `len()` counts those that are not dropped yet."""

    __slots__ = ("_entries", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()  # key -> when it ends, value

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: K, now: float) -> V | None:
        """Return the value of `key`, None when there is none or it has ended."""
        self._drop_ended(now)
        entry = self._entries.get(key)
        return None if entry is None else entry[1]

    def note(self, key: K, value: V, now: float) -> None:
        """Keep `value` under `key` from `now` on, in place of an earlier value."""
        self._drop_ended(now)
        self._entries[key] = (now + self._seconds, value)
        self._entries.move_to_end(key)

    def noted(self) -> list[tuple[K, V, float]]:
        """Return all entries: keys, values, and when they were noted (epoch seconds)."""
        return [(key, value, ends - self._seconds) for key, (ends, value) in self._entries.items()]

    def noted_at(self, key: K) -> float | None:
        """Return when `key` was noted (epoch seconds), None if it was not."""
        entry = self._entries.get(key)
        return None if entry is None else entry[0] - self._seconds

    def clear(self) -> None:
        self._entries.clear()

    def _drop_ended(self, now: float) -> None:
        entries = self._entries
        while entries and next(iter(entries.values()))[0] <= now:
            entries.popitem(last=False)


def content_based_id(body: str) -> str:
    """Return the deduplication id that a body has by itself: its SHA-256, in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()
