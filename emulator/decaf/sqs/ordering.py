"""The visible messages of a queue, and which of them is received next.

Rule: an order only orders. Which state a message is in, and where it goes, is for the queue to decide.
A message that stops being visible without being taken leaves a dead entry behind, as in base/lazy_heap.py.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from decaf.base.lazy_heap import SWEEP_FLOOR, LazyHeap
from decaf.sqs.message import Message, State

_VISIBLE = State.VISIBLE  # looked up once: every receive compares with it


class SavedOrder(msgspec.Struct, frozen=True):
    """The order of a queue's visible messages, as it is kept while the queue is not in memory.

    `arrived` are the numbers of those that arrived, in order; `returned`, of those that came back and go before all
    that arrived after them. `groups` is used by fair queues: by group, since when no message of it came back (epoch
    seconds), and whether the group is noisy.
    """

    arrived: Sequence[int]
    returned: Sequence[int] = ()
    groups: Mapping[str, tuple[float, bool]] = msgspec.field(default_factory=dict)


class MessageOrder(Protocol):
    """The visible messages of a queue, in an order. `len()` is their number."""

    def __len__(self) -> int: ...

    def join(self, message: Message) -> None:
        """Add `message`, visible for the first time."""

    def rejoin(self, message: Message, now: float) -> None:
        """Add `message`, visible again after it was in flight."""

    def resume(self, message: Message) -> None:
        """Note that `message` is in flight, though it was taken from another order than this."""

    def take(self, now: float) -> Message | None:
        """Remove and return the message to receive next, None when none can be received."""

    def end_receive(self) -> None:
        """End the receive for which messages were taken; those taken from now on are for another one."""

    def hold(self, message: Message) -> None:
        """Remove `message`: it goes back in flight without being taken."""

    def discard(self, message: Message) -> None:
        """Remove `message`: it is no longer visible, and was not taken."""

    def gone(self, message: Message, now: float) -> None:
        """Note that `message`, in flight until now, has left the queue."""

    def save(self) -> Callable[[], SavedOrder]:
        """Return a function that makes a record of the order as it is now; most of the work may be left to it."""

    def restore(self, saved: SavedOrder) -> None:
        """Add the messages of `saved`, in its order, behind those added in this way before; no others may be here."""


class StandardOrder:
    """First come, first served, as nearly as AWS keeps it on a standard queue.

    The deque and the heap are read in place: this is the path of every ReceiveMessage.
    """

    __slots__ = ("_arrived", "_length", "_messages", "_returned")

    # A message that comes back goes before those that arrived after it, unless it was received as often as this: then
    # AWS puts it behind all others, so that a message that cannot be processed does not hold up others.
    # Source: Amazon SQS Developer Guide, "Using dead-letter queues in Amazon SQS".
    BACK_AFTER = 3  # receives

    def __init__(self, messages: dict[int, Message]) -> None:
        self._messages = messages
        self._arrived: deque[int] = deque()
        self._returned: LazyHeap[int] = LazyHeap(self._is_visible)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def join(self, message: Message) -> None:
        self._length += 1
        self._arrived.append(message.number)

    def resume(self, message: Message) -> None:
        """Do nothing: messages in flight have no effect on this order."""

    def rejoin(self, message: Message, now: float) -> None:
        self._length += 1
        if message.receives.count >= self.BACK_AFTER:
            self._arrived.append(message.number)
        else:
            self._returned.push(message.number)

    def take(self, now: float) -> Message | None:
        messages, arrived, returned = self._messages, self._arrived, self._returned.entries
        while self._length:
            if returned and not (arrived and arrived[0] < returned[0]):
                number = heapq.heappop(returned)
            else:
                number = arrived.popleft()
            message = messages.get(number)
            if message is not None and message.state is _VISIBLE:
                self._length -= 1
                return message
        return None

    def first(self) -> Message | None:
        """Return the message that `take` would, None when there is none."""
        while self._length:
            number = self._returned.entries[0] if self._is_returned_next() else self._arrived[0]
            message = self._messages.get(number)
            if message is not None and message.state is _VISIBLE:
                return message
            self._pop()
        return None

    @classmethod
    def since(cls, message: Message) -> float:
        """Return the time that puts a visible message in its place among others: of its sending, or its last return."""
        return message.due if message.receives.count >= cls.BACK_AFTER else message.sent_at

    def end_receive(self) -> None:
        """Do nothing: receives of a standard queue do not depend on each other."""

    def hold(self, message: Message) -> None:
        self.discard(message)

    def discard(self, message: Message) -> None:
        self._length -= 1
        arrived = self._arrived
        while arrived and not self._is_visible(arrived[0]):  # many expire in this order, and none is left to a sweep
            arrived.popleft()
        if len(arrived) > 2 * self._length + SWEEP_FLOOR:
            self._arrived = deque(filter(self._is_visible, arrived))
        self._returned.sweep(self._length)

    def gone(self, message: Message, now: float) -> None:
        """Do nothing: no message of a standard queue waits for another to leave."""

    def save(self) -> Callable[[], SavedOrder]:
        of = self._messages
        arrived = [n for n in self._arrived if (message := of.get(n)) is not None and message.state is _VISIBLE]
        saved = SavedOrder(arrived, tuple(filter(self._is_visible, self._returned.entries)))
        return lambda: saved

    def restore(self, saved: SavedOrder) -> None:
        self._arrived.extend(saved.arrived)
        for number in saved.returned:
            self._returned.push(number)
        self._length += len({*saved.arrived, *saved.returned})

    def _is_returned_next(self) -> bool:
        returned = self._returned.entries
        return bool(returned) and not (self._arrived and self._arrived[0] < returned[0])

    def _pop(self) -> int:
        return heapq.heappop(self._returned.entries) if self._is_returned_next() else self._arrived.popleft()

    def _is_visible(self, number: int) -> bool:
        message = self._messages.get(number)
        return message is not None and message.state is _VISIBLE
