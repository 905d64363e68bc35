"""How FIFO queues and FIFO topics recognise duplicates: by ids, and a memory of those of the last 5 minutes.

Rule: all entries of a memory are kept for the same period. So they end in the order in which they were noted, and
none is searched for.
Source: Amazon SQS Developer Guide, "Exactly-once processing"; Amazon SNS Developer Guide, "Message deduplication".
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from typing import Generic, TypeVar

import msgspec

REMEMBERED_FOR = 300.0  # seconds
_DROPPED = 100  # entries at a time

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Noted(msgspec.Struct, Generic[K, V], frozen=True):
    """The entries of a window at one moment: keys, values, and when they were noted (epoch seconds)."""

    _entries: Mapping[K, tuple[float, K, V]]
    _seconds: float

    def __iter__(self) -> Iterator[tuple[K, V, float]]:
        for ends, key, value in self._entries.values():
            yield key, value, ends - self._seconds


class Window(Generic[K, V]):
    """Values by key, each kept for `seconds` after it was noted. `len()` counts those that are not dropped yet."""

    __slots__ = ("_entries", "_order", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._entries: dict[K, tuple[float, K, V]] = {}  # by key: when it ends, key, value
        self._order: deque[tuple[float, K, V]] = deque()  # the same; one that was noted again is here twice

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: K, now: float) -> V | None:
        """Return the value of `key`, None when there is none or it has ended."""
        self._drop_ended(now)
        entry = self._entries.get(key)
        return None if entry is None or entry[0] <= now else entry[2]

    def note(self, key: K, value: V, now: float) -> None:
        """Keep `value` under `key` from `now` on, in place of an earlier value."""
        self._drop_ended(now)
        entry = self._entries[key] = (now + self._seconds, key, value)
        self._order.append(entry)

    def replace(self, key: K, value: V) -> None:
        """Keep `value` in place of the value of `key`, for as long as that would have been kept."""
        self._entries[key] = (self._entries[key][0], key, value)

    def noted(self) -> Noted[K, V]:
        """Return the entries that are here now."""
        return Noted(self._entries.copy(), self._seconds)

    def noted_at(self, key: K) -> float | None:
        """Return when `key` was noted (epoch seconds), None if it was not."""
        entry = self._entries.get(key)
        return None if entry is None else entry[0] - self._seconds

    def clear(self) -> None:
        self._entries.clear()
        self._order.clear()

    def _drop_ended(self, now: float) -> None:
        """Drop entries that have ended, some at a time: when many end in one moment, no call pays for all of them."""
        entries, order = self._entries, self._order
        for _ in range(_DROPPED):
            if not order or order[0][0] > now:
                return
            ends, key, _ = order.popleft()
            entry = entries.get(key)
            if entry is not None and entry[0] == ends:
                del entries[key]


def content_based_id(body: str) -> str:
    """Return the deduplication id that a body has by itself: its SHA-256, in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()
