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

from decaf.base.ids import write_uuid

REMEMBERED_FOR = 300.0  # seconds
_DROPPED = 100  # entries at a time

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class DeduplicationKey(msgspec.Struct, frozen=True, gc=False):
    """What makes a message a duplicate: its id, in its message group, or in all of the queue or topic (None)."""

    group_id: str | None
    deduplication_id: str | None


class Original(msgspec.Struct, frozen=True, gc=False):
    """The message that later ones are duplicates of. `identity` begins with the bytes of its id."""

    identity: bytes
    number: int

    @property
    def message_id(self) -> str:
        return write_uuid(self.identity)

    @property
    def sequence_number(self) -> str:
        return str(self.number)


class Entry(msgspec.Struct, Generic[K, V], frozen=True, gc=False):  # half of what a tuple takes; millions may be kept
    """A `value` that was noted `at` (epoch seconds)."""

    at: float
    key: K
    value: V


class Noted(msgspec.Struct, Generic[K, V], frozen=True):
    """The entries of a window at one moment: keys, values, and when they were noted (epoch seconds)."""

    _entries: Mapping[K, Entry[K, V]]

    def __iter__(self) -> Iterator[tuple[K, V, float]]:
        for entry in self._entries.values():
            yield entry.key, entry.value, entry.at


class Window(Generic[K, V]):
    """Values by key, each kept for `seconds` after it was noted. `len()` counts those that are not dropped yet."""

    __slots__ = ("_entries", "_order", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._entries: dict[K, Entry[K, V]] = {}  # by key
        self._order: deque[Entry[K, V]] = deque()  # the same; one that was noted again is here twice

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: K, now: float) -> V | None:
        """Return the value of `key`, None when there is none or it has ended."""
        self._drop_ended(now)
        entry = self._entries.get(key)
        return None if entry is None or entry.at + self._seconds <= now else entry.value

    def note(self, key: K, value: V, now: float) -> None:
        """Keep `value` under `key` from `now` on, in place of an earlier value."""
        self._drop_ended(now)
        entry = self._entries[key] = Entry(now, key, value)
        self._order.append(entry)

    def replace(self, key: K, value: V) -> None:
        """Keep `value` in place of the value of `key`, for as long as that would have been kept."""
        self._entries[key] = Entry(self._entries[key].at, key, value)

    def noted(self) -> Noted[K, V]:
        """Return the entries that are here now."""
        return Noted(self._entries.copy())

    def noted_at(self, key: K) -> float | None:
        """Return when `key` was noted (epoch seconds), None if it was not."""
        entry = self._entries.get(key)
        return None if entry is None else entry.at

    def clear(self) -> None:
        self._entries.clear()
        self._order.clear()

    def _drop_ended(self, now: float) -> None:
        """Drop entries that have ended, some at a time: when many end in one moment, no call pays for all of them."""
        entries, order, seconds = self._entries, self._order, self._seconds
        for _ in range(_DROPPED):
            if not order or order[0].at + seconds > now:
                return
            ended = order.popleft()
            entry = entries.get(ended.key)
            if entry is not None and entry.at == ended.at:
                del entries[ended.key]


def content_based_id(body: str) -> str:
    """Return the deduplication id that a body has by itself: its SHA-256, in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()
