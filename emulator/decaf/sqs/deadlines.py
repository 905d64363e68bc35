"""Messages that leave a state by themselves, in the order in which they do.

Rule: nothing here costs more than O(log n). A message that leaves early leaves its entry behind; such dead
entries are skipped when met, and swept once they outnumber the living.
"""

from __future__ import annotations

import heapq
from collections import deque

from decaf.sqs.message import Message, State

_SWEEP_FLOOR = 64  # below this many entries sweeping is not worth its call


class Deadlines:
    """The messages of a queue that are in `state`, by the time at which they are due to leave it.

    `len()` is their number. `messages` is the queue's own map of messages by number.
    """

    __slots__ = ("_entries", "_live", "_messages", "_state")

    def __init__(self, messages: dict[int, Message], state: State) -> None:
        self._messages = messages
        self._state = state
        self._entries: list[tuple[float, int]] = []
        self._live = 0

    def __len__(self) -> int:
        return self._live

    def add(self, message: Message, due: float) -> None:
        """`message`, already in the state, leaves it at `due`."""
        message.due = due
        self._live += 1
        heapq.heappush(self._entries, (due, message.number))

    def move(self, message: Message, due: float) -> None:
        """`message`, in the state since before, now leaves it at `due`."""
        if message.due != due:
            message.due = due
            heapq.heappush(self._entries, (due, message.number))
            self._sweep()

    def discard(self) -> None:
        """One message left the state before it was due."""
        self._live -= 1
        self._sweep()

    def next_due(self) -> float | None:
        """When the next message is due, None if there is none."""
        entries = self._entries
        while entries and not self._is_live(entries[0]):
            heapq.heappop(entries)
        return entries[0][0] if entries else None

    def pop_due(self, now: float) -> Message | None:
        """The next message due at `now` or before, taken out; None when there is none."""
        entries = self._entries
        while entries and entries[0][0] <= now:
            entry = heapq.heappop(entries)
            if self._is_live(entry):
                self._live -= 1
                return self._messages[entry[1]]
        return None

    def clear(self) -> None:
        self._entries.clear()
        self._live = 0

    def _sweep(self) -> None:
        if len(self._entries) > 2 * self._live + _SWEEP_FLOOR:
            self._entries = list({entry for entry in self._entries if self._is_live(entry)})
            heapq.heapify(self._entries)

    def _is_live(self, entry: tuple[float, int]) -> bool:
        message = self._messages.get(entry[1])
        return message is not None and message.state is self._state and message.due == entry[0]


class Ages:
    """All messages of a queue, the longest sent first: what retention ends for.

    It goes by the time of sending, not of expiry, since a queue's retention period may change at any time. Messages
    mostly come in the order of their sending and wait in a line; those that other queues sent on wait in a heap.
    """

    __slots__ = ("_earlier", "_latest", "_line", "_messages")

    def __init__(self, messages: dict[int, Message]) -> None:
        self._messages = messages
        self._line: deque[int] = deque()
        self._latest = 0.0  # when the last of the line was sent
        self._earlier: list[tuple[float, int]] = []  # sent before that

    def __len__(self) -> int:
        """Entries, with those that messages left behind."""
        return len(self._line) + len(self._earlier)

    def add(self, message: Message) -> None:
        if message.sent_at >= self._latest:
            self._latest = message.sent_at
            self._line.append(message.number)
        else:
            heapq.heappush(self._earlier, (message.sent_at, message.number))
        if len(self._line) + len(self._earlier) > 2 * len(self._messages) + _SWEEP_FLOOR:
            self._sweep()

    def oldest(self) -> Message | None:
        """The message sent first of those still in the queue."""
        messages, order, earlier = self._messages, self._line, self._earlier
        while order and order[0] not in messages:
            order.popleft()
        while earlier and earlier[0][1] not in messages:
            heapq.heappop(earlier)
        first = messages[order[0]] if order else None
        if earlier and (first is None or earlier[0][0] < first.sent_at):
            return messages[earlier[0][1]]
        return first

    def pop_older(self, period: float, now: float) -> Message | None:
        """The message sent first, if that was `period` seconds before `now` or earlier, no more to be found here; None
        when there is none.
        """
        oldest = self.oldest()
        if oldest is None or oldest.sent_at + period > now:
            return None
        if self._line and self._line[0] == oldest.number:
            self._line.popleft()
        else:
            heapq.heappop(self._earlier)
        return oldest

    def clear(self) -> None:
        self._line.clear()
        self._earlier.clear()

    def _sweep(self) -> None:
        self._line = deque(number for number in self._line if number in self._messages)
        self._earlier = [entry for entry in self._earlier if entry[1] in self._messages]
        heapq.heapify(self._earlier)
