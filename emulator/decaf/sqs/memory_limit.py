"""How many bytes the messages of all queues hold together, and whether there is room for more.

Rule: what a message adds when it enters a queue is what it takes away when it leaves, whatever has become of it: it
is kept by the message's number. What several queues share counts in each of them. Nothing of this is there unless
there is a bound.
"""

from __future__ import annotations

from collections.abc import Callable

from decaf.sqs import content
from decaf.sqs.message import Message

_RELIEF = 0.9  # of the bound: below that, being full once more is news


class MemoryLimit:
    """The bytes of all queues, of which there may be `most`. `tell()` is called when the first message is refused,
    and again when one is after there was room in between.
    """

    __slots__ = ("_full", "_most", "_tell", "bytes")

    def __init__(self, most: int, tell: Callable[[], None]) -> None:
        self.bytes = 0
        self._most = most
        self._tell = tell
        self._full = False

    def has_room(self, size: int) -> bool:
        """Whether a message of so many bytes may be taken in. Queues do not ask: those who send to them do."""
        if self.bytes + size <= self._most:
            self._full = self._full and self.bytes >= self._most * _RELIEF
            return True
        if not self._full:
            self._full = True
            self._tell()
        return False


class QueueShare:
    """One queue's part of them."""

    __slots__ = ("_bytes", "_memory_limit", "_sizes")

    def __init__(self, memory_limit: MemoryLimit) -> None:
        self._memory_limit = memory_limit
        self._sizes: dict[int, int] = {}  # by message number
        self._bytes = 0

    def add(self, message: Message) -> None:
        size = size_of(message)
        self._sizes[message.number] = size
        self._bytes += size
        self._memory_limit.bytes += size

    def drop(self, message: Message) -> None:
        size = self._sizes.pop(message.number)
        self._bytes -= size
        self._memory_limit.bytes -= size

    def clear(self) -> None:
        """Drop all."""
        self._memory_limit.bytes -= self._bytes
        self._bytes = 0
        self._sizes = {}


def size_of(message: Message) -> int:
    """The bytes of a message: its body and its attributes. A body that is not written yet counts for about as much."""
    if isinstance(message.content, str):
        return content.size(message.content, message.attributes)
    return len(message.content) + content.size("", message.attributes)
