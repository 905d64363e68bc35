"""How FIFO queues and FIFO topics recognise duplicates: by ids, and a memory of those of the last 5 minutes.

Rule: all entries of a memory are kept for the same period. So they end in the order in which they were noted, and
none is searched for.
Source: Amazon SQS Developer Guide, "Exactly-once processing"; Amazon SNS Developer Guide, "Message deduplication".
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Hashable
from typing import Any, Generic, TypeVar

import msgspec

from decaf.base.ids import write_uuid

REMEMBERED_FOR = 300.0  # seconds
_DROPPED = 100  # entries at a time

K = TypeVar("K", bound=Hashable)


class Entry(msgspec.Struct, Generic[K], frozen=True, gc=False):  # half of what a tuple takes; millions may be kept
    """What is kept under `key`, noted `at` (epoch seconds). Each kind is a subclass."""

    at: float
    key: K


E = TypeVar("E", bound=Entry[Any])


class DeduplicationKey(msgspec.Struct, frozen=True, gc=False):
    """What makes a message a duplicate: its id, in its message group, or in all of the queue or topic (None)."""

    group_id: str | None
    deduplication_id: str | None


class Original(Entry[DeduplicationKey], frozen=True, gc=False):
    """The message that later ones are duplicates of. `identity` begins with the bytes of its id."""

    identity: bytes
    number: int

    @property
    def message_id(self) -> str:
        return write_uuid(self.identity)

    @property
    def sequence_number(self) -> str:
        return str(self.number)


class Window(Generic[K, E]):
    """Entries by key, each kept for `seconds` after it was noted. `len()` counts those that are not dropped yet."""

    __slots__ = ("_entries", "_order", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._entries: dict[K, E] = {}  # by key
        self._order: deque[E] = deque()  # the same; one that was noted again is here twice

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: K, now: float) -> E | None:
        """Return the entry of `key`, None when there is none or it has ended."""
        self._drop_ended(now)
        entry = self._entries.get(key)
        return None if entry is None or entry.at + self._seconds <= now else entry

    def note(self, entry: E) -> None:
        """Keep an entry from now on, in place of an earlier one with its key."""
        self._drop_ended(entry.at)
        self._entries[entry.key] = entry
        self._order.append(entry)

    def replace(self, entry: E) -> None:
        """Keep an entry in place of one with the same key and time."""
        self._entries[entry.key] = entry

    def noted(self) -> Collection[E]:
        """Return the entries that are here now."""
        return self._entries.copy().values()

    def noted_as(self, key: K) -> E | None:
        """Return the entry of `key`, also if it has ended and was not dropped yet; None if there is none."""
        return self._entries.get(key)

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
