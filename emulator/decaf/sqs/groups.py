"""The order of a FIFO queue's messages: in groups, each group in order.

Rule: a message in flight holds back those of its group that come after it, and no others. So no more messages of a
group are received while earlier ones are being processed; and a message that is visible again before those after it
comes back alone, since they stay in flight until their own timeouts end.

Of the groups that have a message to receive, the one comes first whose next message became visible first; for a
message that comes back, that is when it came back. A receive takes all it can of a group before it goes on to the next.
Source: Amazon SQS Developer Guide, "FIFO queue delivery logic"; for groups among each other, recorded answers of AWS.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from heapq import heappop, merge
from itertools import chain

from decaf.base.lazy_heap import SWEEP_FLOOR, LazyHeap, Ranking
from decaf.sqs.message import Message, State
from decaf.sqs.ordering import SavedOrder

Turn = int  # of two visible messages, the one that became visible first has the lower turn

_VISIBLE, _IN_FLIGHT = State.VISIBLE, State.IN_FLIGHT  # looked up once: every call needs them
_BETWEEN = 2**32  # turns from one message that arrives to the next, for those that come back meanwhile


@dataclass(slots=True, eq=False)
class Group:
    """The messages of one group that are visible or in flight, by number.

    Nearly all become visible in the order of their numbers, and are taken in it: those are in a deque. Those that come
    back are in a heap. Numbers of messages that are no longer visible are dead entries, as in base/lazy_heap.py.
    """

    id: str | None
    messages: dict[int, Message]  # the queue's own map
    visible: int = 0  # messages
    in_flight: set[int] = field(default_factory=set)  # never more than one receive takes
    arrived: deque[int] = field(default_factory=deque)
    returned: LazyHeap[int] = field(init=False)

    def __post_init__(self) -> None:
        self.returned = LazyHeap(self._is_visible)

    def add(self, number: int) -> bool:
        """Add a message that is visible now. Return whether it may be the next to receive."""
        arrived = self.arrived
        self.visible += 1
        if not arrived or number > arrived[-1]:
            arrived.append(number)
            return self.visible == 1 or bool(self.returned.entries)
        self.returned.push(number)
        return True

    def discard(self) -> None:
        """Count one visible message less: one that was not taken."""
        self.visible -= 1
        if len(self.arrived) > 2 * self.visible + SWEEP_FLOOR:
            self.arrived = deque(filter(self._is_visible, self.arrived))
        self.returned.sweep(self.visible)

    def next(self) -> int | None:
        """Return the number of the next message to receive; None if there is none, or one in flight holds it back."""
        number = self._first()
        if number is None or not self.in_flight:
            return number
        return number if number < min(self.in_flight) else None

    def take(self) -> int | None:
        """Remove the next message to receive, and return its number as `next` does."""
        number = self.next()
        if number is not None:
            self.visible -= 1
            if self.arrived and self.arrived[0] == number:
                self.arrived.popleft()
            else:
                heappop(self.returned.entries)
        return number

    def numbers(self) -> Collection[int]:
        """Return the numbers of the visible messages."""
        of = self.messages
        arrived = [n for n in self.arrived if (message := of.get(n)) is not None and message.state is _VISIBLE]
        return {*arrived, *filter(self._is_visible, self.returned.entries)} if self.returned.entries else arrived

    def _first(self) -> int | None:
        """Return the lowest number of the visible messages, None if there are none."""
        arrived, messages = self.arrived, self.messages
        while arrived and ((message := messages.get(arrived[0])) is None or message.state is not _VISIBLE):
            arrived.popleft()
        first = arrived[0] if arrived else None
        returned = self.returned.first() if self.returned.entries else None
        return first if returned is None or (first is not None and first < returned) else returned

    def _is_visible(self, number: int) -> bool:
        message = self.messages.get(number)
        return message is not None and message.state is _VISIBLE

    def __bool__(self) -> bool:
        return bool(self.visible or self.in_flight)


class GroupOrder:
    """The visible messages of a FIFO queue, by group.

    A message that becomes visible after all those with a lower number, as nearly every one does, has a turn that
    follows from its number. `_turns` has those of the others.
    """

    __slots__ = ("_groups", "_latest", "_length", "_messages", "_ready", "_serving", "_taken", "_turns")

    def __init__(self, messages: dict[int, Message]) -> None:
        self._messages = messages
        self._groups: dict[str | None, Group] = {}
        self._ready: Ranking[Turn, Group] = Ranking()  # by the turn of their next message
        self._serving: Group | None = None  # the group that the present receive is taking from
        self._taken: list[tuple[Group, Message]] = []  # in the present receive
        self._length = 0
        self._latest: Turn = 0
        self._turns: dict[int, Turn] = {}  # by number

    def __len__(self) -> int:
        return self._length

    def join(self, message: Message) -> None:
        group, number = self._group(message), message.number
        message.group_id = group.id  # one text for all of the group
        turn = number * _BETWEEN
        if turn <= self._latest:
            turn = self._turns[number] = self._latest + 1
        self._latest = turn
        self._length += 1
        if group.add(number):
            self._rank(group)

    def rejoin(self, message: Message, now: float) -> None:
        group = self._group(message)
        group.in_flight.discard(message.number)
        self.join(message)
        self._rank(group)

    def resume(self, message: Message) -> None:
        self._group(message).in_flight.add(message.number)

    def take(self, now: float) -> Message | None:
        """Take all messages of the group whose turn it is, one by one, then those of the next group."""
        while (group := self._serving or self._ready.first()) is not None:
            number = group.take()
            if number is not None:
                if self._turns:
                    self._turns.pop(number, None)
                self._length -= 1
                self._serving = group
                message = self._messages[number]
                self._taken.append((group, message))
                return message
            self._serving = None
            self._ready.drop(group)
        return None

    def end_receive(self) -> None:
        taken, self._taken = self._taken, []
        self._serving = None
        for group, message in taken:
            if message.state is _IN_FLIGHT:
                group.in_flight.add(message.number)
        for group in {group for group, _ in taken}:
            self._rank(group)

    def hold(self, message: Message) -> None:
        self._group(message).in_flight.add(message.number)
        self.discard(message)

    def discard(self, message: Message) -> None:
        self._length -= 1
        group = self._group(message)
        group.discard()
        self._turns.pop(message.number, None)
        self._rank(group)

    def gone(self, message: Message, now: float) -> None:
        group = self._group(message)
        group.in_flight.discard(message.number)
        self._rank(group)

    def save(self) -> Callable[[], SavedOrder]:
        turns = self._turns.copy()
        of_groups = [group.numbers() for group in self._groups.values()]

        def saved() -> SavedOrder:
            numbers = sorted(chain.from_iterable(of_groups))
            if not turns:
                return SavedOrder(numbers)
            in_order = [number for number in numbers if number not in turns]
            by_turn = sorted(turns, key=turns.__getitem__)
            return SavedOrder([*merge(in_order, by_turn, key=lambda number: turns.get(number, number * _BETWEEN))])

        return saved

    def restore(self, saved: SavedOrder) -> None:
        for number in saved.arrived:
            self.join(self._messages[number])

    def _group(self, message: Message) -> Group:
        group = self._groups.get(message.group_id)
        if group is None:
            group = self._groups[message.group_id] = Group(message.group_id, self._messages)
        return group

    def _rank(self, group: Group) -> None:
        """Rank the group by the turn of its next message; drop it if it has none to receive.

        While a receive goes on, its messages are in no group, and no group is forgotten for that.
        """
        number = group.next()
        if number is not None:
            self._ready.put(group, self._turns.get(number) or number * _BETWEEN)
            return
        self._ready.drop(group)
        if not group and not self._taken:
            self._groups.pop(group.id, None)
