"""The visible messages of a queue, and which of them is received next.

Rule: a line only orders. What state a message is in, and what becomes of it, is the queue's business.
A message that stops being visible without being taken leaves its entry behind; dead entries are skipped
when met, and swept once they outnumber the living.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from decaf.sqs.message import Message, State

_SWEEP_FLOOR = 64


@dataclass(frozen=True, slots=True)
class Order:
    """How visible messages stand in a line, by number: those that arrived, in order, and those that came back to go
    before all that arrived after them. Of groups: since when nothing of them came back, and whether they are noisy.
    """

    arrived: Sequence[int]
    returned: Sequence[int] = ()
    groups: Mapping[str, tuple[float, bool]] = field(default_factory=dict)


class MessageOrder(Protocol):
    """What a queue asks of its line. `len()` is the number of visible messages."""

    def __len__(self) -> int: ...

    def join(self, message: Message) -> None:
        """`message` became visible for the first time."""

    def rejoin(self, message: Message, now: float) -> None:
        """`message` is visible again after it was in flight."""

    def resume(self, message: Message) -> None:
        """`message` was taken, and not by this line: by the one that had the queue's messages before."""

    def take(self, now: float) -> Message | None:
        """The message to receive next, taken out; None when none can be received."""

    def end_receive(self) -> None:
        """The receive is over that messages were taken for: what is taken from now on is for another one."""

    def hold(self, message: Message) -> None:
        """`message`, visible until now, is back in flight without being taken."""

    def discard(self, message: Message) -> None:
        """`message`, visible until now, is no longer, and was not taken."""

    def gone(self, message: Message, now: float) -> None:
        """`message`, taken or held, left the queue."""

    def clear(self) -> None: ...

    def order(self) -> Order:
        """How the messages stand."""

    def restore(self, order: Order) -> None:
        """Let visible messages stand as they did in another line; in this one there are none yet."""


class StandardOrder:
    """First come, first served, as nearly as AWS keeps it on a standard queue.

    A message that comes back goes in front of those that arrived after it, unless it has come back three
    times already: then AWS puts it behind all others, so that a message nobody can process holds up nobody.
    Source: Amazon SQS Developer Guide, "Using dead-letter queues in Amazon SQS".
    """

    __slots__ = ("_arrived", "_length", "_messages", "_returned")

    BACK_AFTER = 3  # receives

    def __init__(self, messages: dict[int, Message]) -> None:
        self._messages = messages
        self._arrived: deque[int] = deque()
        self._returned: list[int] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def join(self, message: Message) -> None:
        self._length += 1
        self._arrived.append(message.number)

    def resume(self, message: Message) -> None:
        """Nothing is known here of messages in flight."""

    def rejoin(self, message: Message, now: float) -> None:
        self._length += 1
        if message.receive_count >= self.BACK_AFTER:
            self._arrived.append(message.number)
        else:
            heapq.heappush(self._returned, message.number)

    def take(self, now: float) -> Message | None:
        while self._length:
            message = self._messages.get(self._pop())
            if message is not None and message.state is State.VISIBLE:
                self._length -= 1
                return message
        return None

    def first(self) -> Message | None:
        """The message that `take` gives next, None when there is none."""
        while self._length:
            message = self._messages.get(self._returned[0] if self._is_returned_next() else self._arrived[0])
            if message is not None and message.state is State.VISIBLE:
                return message
            self._pop()
        return None

    @classmethod
    def since(cls, message: Message) -> float:
        """The time that puts a visible message in its place among others: of its sending, or its last return."""
        return message.due if message.receive_count >= cls.BACK_AFTER else message.sent_at

    def end_receive(self) -> None:
        """Receives of a standard queue do not depend on each other."""

    def hold(self, message: Message) -> None:
        self.discard(message)

    def discard(self, message: Message) -> None:
        self._length -= 1
        if len(self._arrived) + len(self._returned) > 2 * self._length + _SWEEP_FLOOR:
            self._sweep()

    def gone(self, message: Message, now: float) -> None:
        """Nothing waits for an in-flight message of a standard queue to leave."""

    def clear(self) -> None:
        self._arrived.clear()
        self._returned.clear()
        self._length = 0

    def order(self) -> Order:
        return Order(tuple(filter(self._is_visible, self._arrived)), tuple(filter(self._is_visible, self._returned)))

    def restore(self, order: Order) -> None:
        self._arrived.extend(order.arrived)
        self._returned = sorted(order.returned)
        self._length = len({*order.arrived, *order.returned})

    def _is_returned_next(self) -> bool:
        return bool(self._returned) and not (self._arrived and self._arrived[0] < self._returned[0])

    def _pop(self) -> int:
        return heapq.heappop(self._returned) if self._is_returned_next() else self._arrived.popleft()

    def _sweep(self) -> None:
        self._arrived = deque(filter(self._is_visible, self._arrived))
        self._returned = sorted(filter(self._is_visible, self._returned))  # a sorted list is a heap

    def _is_visible(self, number: int) -> bool:
        message = self._messages.get(number)
        return message is not None and message.state is State.VISIBLE
