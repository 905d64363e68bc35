"""The bytes that the messages of all queues hold together, and whether there is room for more.

Rule: a message takes away as many bytes when it leaves a queue as it added when it entered, whatever has become of it:
its size is kept by its number. A body that several queues share counts in each of them. Nothing here is used unless
the setting `memory_limit` is set.
"""

from __future__ import annotations

from collections.abc import Callable

from decaf.sqs import content
from decaf.sqs.message import Message

_ROOM_AGAIN = 0.9  # of the limit: only after the bytes were below that, `on_full` is called again


class MemoryLimit:
    """The bytes of all queues, of which there may be `most`.

    `on_full()` is called when a message is refused, but only once until there was room in between.
    """

    __slots__ = ("_full", "_most", "_on_full", "bytes")

    def __init__(self, most: int, on_full: Callable[[], None]) -> None:
        self.bytes = 0
        self._most = most
        self._on_full = on_full
        self._full = False

    def has_room(self, size: int) -> bool:
        """Whether a message of `size` bytes may be taken in. To be checked by who sends it: queues do not check."""
        if self.bytes + size <= self._most:
            self._full = self._full and self.bytes >= self._most * _ROOM_AGAIN
            return True
        if not self._full:
            self._full = True
            self._on_full()
        return False


class MemoryUse:
    """The bytes of one queue's messages, which count against a memory limit."""

    __slots__ = ("_bytes", "_limit", "_sizes")

    def __init__(self, limit: MemoryLimit) -> None:
        self._limit = limit
        self._sizes: dict[int, int] = {}  # by message number
        self._bytes = 0

    def add(self, message: Message) -> None:
        size = size_of(message)
        self._sizes[message.number] = size
        self._bytes += size
        self._limit.bytes += size

    def drop(self, message: Message) -> None:
        size = self._sizes.pop(message.number)
        self._bytes -= size
        self._limit.bytes -= size

    def clear(self) -> None:
        """Drop all messages."""
        self._limit.bytes -= self._bytes
        self._bytes = 0
        self._sizes = {}


def size_of(message: Message) -> int:
    """Return the bytes of a message's body and attributes; of a body that is not written yet, about as many."""
    if isinstance(message.content, str):
        return content.size(message.content, message.metadata.attributes)
    return len(message.content) + content.size("", message.metadata.attributes)
