"""When messages leave a state by themselves: at the end of a delay, a visibility timeout or the retention period.

Rule: nothing here costs more than O(log n), by the lazy heaps of base/lazy_heap.py. A message that leaves its state
early leaves a dead entry behind.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from math import inf

from decaf.base.lazy_heap import SWEEP_FLOOR, LazyHeap
from decaf.sqs.message import Message, State


class Deadlines:
    """The messages of a queue that are in `state`, by the time at which they are due to leave it.

    `len()` is their number. `messages` is the queue's own map of messages by number. `entries` are the entries of the
    heap, the first due first, with dead ones among them.
    """

    __slots__ = ("_heap", "_length", "_messages", "_state", "entries")

    def __init__(self, messages: dict[int, Message], state: State) -> None:
        self._messages = messages
        self._state = state
        self._heap: LazyHeap[tuple[float, int]] = LazyHeap(self._is_live)  # due, message number
        self.entries = self._heap.entries
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, message: Message, due: float) -> None:
        """Add `message`, which has just entered the state and leaves it at `due`."""
        message.due = due
        self._length += 1
        self._heap.push((due, message.number))

    def move(self, message: Message, due: float) -> None:
        """Let `message`, in the state since before, leave it at `due` instead."""
        if message.due != due:
            message.due = due
            self._heap.push((due, message.number))
            self._heap.sweep(self._length)

    def discard(self) -> None:
        """Count one message less: one that left the state before it was due."""
        self._length -= 1
        self._heap.sweep(self._length)

    def next_due(self) -> float | None:
        """Return when the next message is due, None if there is none."""
        first = self._heap.first()
        return None if first is None else first[0]

    def pop_due(self, now: float) -> Message | None:
        """Remove and return the next message due at `now` or before, None if there is none."""
        entries = self.entries
        while entries and entries[0][0] <= now:
            entry = heapq.heappop(entries)
            if self._is_live(entry):
                self._length -= 1
                return self._messages[entry[1]]
        return None

    def _is_live(self, entry: tuple[float, int]) -> bool:
        due, number = entry
        message = self._messages.get(number)
        return message is not None and message.state is self._state and message.due == due


class Ages:
    """All messages of a queue, the longest sent first: the order in which the retention period ends for them.

    Ages go by the time of sending, not of expiry, since a queue's retention period may change at any time. Nearly all
    messages come in the order of their sending and are kept in a deque of numbers, which takes an eighth of the memory
    of a heap's entries. Those that come from other queues with an earlier time are in a heap.

    Every SendMessage, ReceiveMessage and DeleteMessage looks for expired messages, and at `earliest` alone while none
    can be: no message was sent before that. The deque is read and swept in place, by the rule of the lazy heap.
    """

    __slots__ = ("_earlier", "_in_order", "_latest", "_messages", "earliest")

    def __init__(self, messages: dict[int, Message]) -> None:
        self._messages = messages
        self._in_order: deque[int] = deque()
        self._latest = 0.0  # when the last of the deque was sent
        self._earlier: LazyHeap[tuple[float, int]] = LazyHeap(lambda entry: entry[1] in messages)  # sent before that
        self.earliest = inf

    def __len__(self) -> int:
        """Return the number of entries, dead ones included."""
        return len(self._in_order) + len(self._earlier.entries)

    def add(self, message: Message) -> None:
        sent_at = message.sent_at
        if sent_at < self.earliest:
            self.earliest = sent_at
        if sent_at >= self._latest:
            self._latest = sent_at
            self._in_order.append(message.number)
        else:
            self._earlier.push((sent_at, message.number))

    def gone(self) -> None:
        """Note that a message has left the queue, and its map."""
        in_order, messages = self._in_order, self._messages
        while in_order and in_order[0] not in messages:
            in_order.popleft()
        if len(in_order) > 2 * len(messages) + SWEEP_FLOOR:
            self._in_order = deque(filter(messages.__contains__, in_order))
        if self._earlier.entries:
            self._earlier.sweep(len(messages))

    def restore(self, messages: Iterable[Message]) -> None:
        """Add messages of which none has left the queue, as many as there may be: in a third of the time."""
        for message in messages:
            if message.sent_at < self.earliest:
                self.earliest = message.sent_at
            if message.sent_at >= self._latest:
                self._latest = message.sent_at
                self._in_order.append(message.number)
            else:
                self._earlier.push((message.sent_at, message.number))

    @property
    def latest(self) -> float:
        """When the latest message was sent, also if it has left the queue; 0 if none ever was."""
        return self._latest

    def oldest(self) -> Message | None:
        """Return the message sent first of those still in the queue, None if there are none."""
        messages, in_order = self._messages, self._in_order
        first = messages[in_order[0]] if in_order else None
        if self._earlier.entries:
            earlier = self._earlier.first()
            if earlier is not None and (first is None or earlier[0] < first.sent_at):
                return messages[earlier[1]]
        return first

    def pop_older(self, period: float, now: float) -> Message | None:
        """Remove and return the message sent first, if `period` seconds or more have passed since; None otherwise."""
        oldest = self.oldest()
        self.earliest = inf if oldest is None else oldest.sent_at
        if oldest is None or oldest.sent_at + period > now:
            return None
        if self._in_order and self._in_order[0] == oldest.number:
            self._in_order.popleft()
        else:
            self._earlier.pop()
        return oldest
