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
from collections.abc import Callable
from dataclasses import dataclass, field

from decaf.base.lazy_heap import SWEEP_FLOOR, LazyHeap, Ranking
from decaf.sqs.message import Message, State
from decaf.sqs.ordering import SavedOrder


@dataclass(slots=True, eq=False)
class Group:
    """The messages of one group that are visible or in flight, by number.

    `turns` has the visible ones, each with its turn: how many messages of the queue became visible before it did.
    Nearly all come in the order of their numbers, and are taken in it: those are in a deque. Those that come back are
    in a heap. Numbers that are not among the turns any more are dead entries, as in base/lazy_heap.py.
    """

    id: str | None
    turns: dict[int, int] = field(default_factory=dict)
    in_flight: set[int] = field(default_factory=set)  # never more than one receive takes
    arrived: deque[int] = field(default_factory=deque)
    returned: LazyHeap[int] = field(init=False)

    def __post_init__(self) -> None:
        self.returned = LazyHeap(self.turns.__contains__)

    def add(self, number: int, turn: int) -> None:
        self.turns[number] = turn
        if not self.arrived or number > self.arrived[-1]:
            self.arrived.append(number)
        else:
            self.returned.push(number)

    def discard(self, number: int) -> None:
        del self.turns[number]
        if len(self.arrived) > 2 * len(self.turns) + SWEEP_FLOOR:
            self.arrived = deque(filter(self.turns.__contains__, self.arrived))
        self.returned.sweep(len(self.turns))

    def next(self) -> int | None:
        """Return the number of the next message to receive; None if there is none, or one in flight holds it back."""
        number = self._first()
        if number is None or not self.in_flight:
            return number
        return number if number < min(self.in_flight) else None

    def _first(self) -> int | None:
        """Return the lowest number of the visible messages, None if there are none."""
        turns, arrived = self.turns, self.arrived
        while arrived and arrived[0] not in turns:
            arrived.popleft()
        first = arrived[0] if arrived else None
        returned = self.returned.first() if self.returned.entries else None
        return first if returned is None or (first is not None and first < returned) else returned

    def __bool__(self) -> bool:
        return bool(self.turns or self.in_flight)


class GroupOrder:
    """The visible messages of a FIFO queue, by group."""

    __slots__ = ("_groups", "_length", "_messages", "_ready", "_serving", "_taken", "_turns")

    def __init__(self, messages: dict[int, Message]) -> None:
        self._messages = messages
        self._groups: dict[str | None, Group] = {}
        self._ready: Ranking[int, Group] = Ranking()  # by the turn of their next message
        self._serving: Group | None = None  # the group that the present receive is taking from
        self._taken: list[Message] = []  # in the present receive
        self._length = 0
        self._turns = 0

    def __len__(self) -> int:
        return self._length

    def join(self, message: Message) -> None:
        group = self._group(message)
        message.group_id = group.id  # one text for all of the group
        group.add(message.number, self._turns)
        self._turns += 1
        self._length += 1
        self._rank(group)

    def rejoin(self, message: Message, now: float) -> None:
        self._group(message).in_flight.discard(message.number)
        self.join(message)

    def resume(self, message: Message) -> None:
        self._group(message).in_flight.add(message.number)

    def take(self, now: float) -> Message | None:
        """Take all messages of the group whose turn it is, one by one, then those of the next group."""
        while (group := self._serving or self._ready.first()) is not None:
            number = group.next()
            if number is not None:
                del group.turns[number]
                self._length -= 1
                self._serving = group
                message = self._messages[number]
                self._taken.append(message)
                return message
            self._serving = None
            self._rank(group)
        return None

    def end_receive(self) -> None:
        served = {message.group_id: self._group(message) for message in self._taken}
        for message in self._taken:
            if message.state is State.IN_FLIGHT:
                served[message.group_id].in_flight.add(message.number)
        self._taken.clear()
        self._serving = None
        for group in served.values():
            self._rank(group)

    def hold(self, message: Message) -> None:
        self._group(message).in_flight.add(message.number)
        self.discard(message)

    def discard(self, message: Message) -> None:
        self._length -= 1
        group = self._group(message)
        group.discard(message.number)
        self._rank(group)

    def gone(self, message: Message, now: float) -> None:
        group = self._group(message)
        group.in_flight.discard(message.number)
        self._rank(group)

    def save(self) -> Callable[[], SavedOrder]:
        groups = [group.turns.copy() for group in self._groups.values()]

        def saved() -> SavedOrder:
            numbers: dict[int, int] = {}  # by turn; sorting these numbers by a key would take thrice as long
            for turns in groups:
                numbers.update(zip(turns.values(), turns, strict=True))
            return SavedOrder([*map(numbers.__getitem__, sorted(numbers))])

        return saved

    def restore(self, saved: SavedOrder) -> None:
        for number in saved.arrived:
            self.join(self._messages[number])

    def _group(self, message: Message) -> Group:
        group = self._groups.get(message.group_id)
        if group is None:
            group = self._groups[message.group_id] = Group(message.group_id)
        return group

    def _rank(self, group: Group) -> None:
        """Rank the group by the turn of its next message; drop it if it has none to receive."""
        number = group.next()
        if number is not None:
            self._ready.put(group, group.turns[number])
            return
        self._ready.drop(group)
        if not group:
            self._groups.pop(group.id, None)
