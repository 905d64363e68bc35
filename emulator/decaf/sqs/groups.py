"""The line of a FIFO queue: messages in groups, each group in order.

Rule: a message in flight holds back those of its group that come after it, and no others. So a group gives nothing
more while what was received of it is being processed; and a message that is visible again before those after it
are comes back alone, since they stay in flight for as long as their own timeouts say.

Of the groups that have something to give, the one comes first whose next message became visible first; a message
that comes back became visible when it did. A receive takes all it can of a group before it goes on to the next.
Source: Amazon SQS Developer Guide, "FIFO queue delivery logic", and for groups among each other answers of the
real service.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from decaf.sqs.message import Message, State
from decaf.sqs.ordering import Order
from decaf.sqs.ranking import Ranking

_SWEEP_FLOOR = 64


@dataclass(slots=True, eq=False)
class Group:
    """What a queue's line has of one group.

    `waiting` is a heap of message numbers, each with its turn: how many messages became visible before it did,
    negative so that of two entries of one message the later counts. Dead entries are dropped when met.
    """

    id: str | None
    waiting: list[tuple[int, int]] = field(default_factory=list)
    held: set[int] = field(default_factory=set)  # those in flight, never more than one receive takes


class GroupOrder:
    """The visible messages of a FIFO queue, by group."""

    __slots__ = ("_entries", "_groups", "_length", "_messages", "_ready", "_serving", "_taken", "_turns")

    def __init__(self, messages: dict[int, Message]) -> None:
        self._messages = messages
        self._groups: dict[str | None, Group] = {}
        self._ready: Ranking[Group] = Ranking()
        self._serving: Group | None = None  # the group that the receive under way is taking from
        self._taken: list[Message] = []  # in the receive under way
        self._length = 0
        self._turns = 0
        self._entries = 0  # in all groups' `waiting`, dead ones too

    def __len__(self) -> int:
        return self._length

    def join(self, message: Message) -> None:
        group = self._group(message)
        heapq.heappush(group.waiting, (message.number, -self._turns))
        self._turns += 1
        self._length += 1
        self._entries += 1
        self._rank(group)

    def rejoin(self, message: Message, now: float) -> None:
        self._group(message).held.discard(message.number)
        self.join(message)

    def resume(self, message: Message) -> None:
        self._group(message).held.add(message.number)

    def take(self, now: float) -> Message | None:
        """As many messages as there are of the group whose turn it is, one by one, then those of the next group."""
        while (group := self._serving or self._ready.first()) is not None:
            message = self._first(group)
            if message is not None:
                heapq.heappop(group.waiting)
                self._entries -= 1
                self._length -= 1
                self._serving = group
                self._taken.append(message)
                return message
            self._serving = None
            self._rank(group)
        return None

    def end_receive(self) -> None:
        served = {message.group_id: self._group(message) for message in self._taken}
        for message in self._taken:
            if message.state is State.IN_FLIGHT:
                served[message.group_id].held.add(message.number)
        self._taken.clear()
        self._serving = None
        for group in served.values():
            self._rank(group)

    def hold(self, message: Message) -> None:
        self._group(message).held.add(message.number)
        self.discard(message)

    def discard(self, message: Message) -> None:
        self._length -= 1
        if self._entries > 2 * self._length + len(self._groups) + _SWEEP_FLOOR:
            self._sweep()

    def gone(self, message: Message, now: float) -> None:
        group = self._group(message)
        group.held.discard(message.number)
        self._rank(group)

    def clear(self) -> None:
        self._groups.clear()
        self._ready.clear()
        self._taken.clear()
        self._serving = None
        self._length = self._entries = 0

    def order(self) -> Order:
        entries = sorted(entry for group in self._groups.values() for entry in group.waiting)
        turns = {number: -turn for number, turn in reversed(entries) if self._is_visible(number)}
        return Order(sorted(turns, key=turns.__getitem__))

    def restore(self, order: Order) -> None:
        for number in order.arrived:
            self.join(self._messages[number])

    def _group(self, message: Message) -> Group:
        group = self._groups.get(message.group_id)
        if group is None:
            group = self._groups[message.group_id] = Group(message.group_id)
        return group

    def _rank(self, group: Group) -> None:
        """Give the group the place that its next message has a right to, or none if it has nothing to give."""
        if self._first(group) is not None:
            self._ready.put(group, (-group.waiting[0][1],))
        else:
            self._ready.drop(group)
            self._forget_if_empty(group)

    def _first(self, group: Group) -> Message | None:
        """The next message of the group, None if it has none or must not give it yet."""
        while group.waiting:
            number = group.waiting[0][0]
            message = self._messages.get(number)
            if message is not None and message.state is State.VISIBLE:
                return message if not group.held or number < min(group.held) else None
            heapq.heappop(group.waiting)
            self._entries -= 1
        return None

    def _forget_if_empty(self, group: Group) -> None:
        if not group.waiting and not group.held:
            self._groups.pop(group.id, None)

    def _sweep(self) -> None:
        for group in tuple(self._groups.values()):
            latest = {number: turn for number, turn in sorted(group.waiting, reverse=True) if self._is_visible(number)}
            group.waiting = sorted(latest.items())  # a sorted list is a heap
            self._rank(group)
        self._entries = sum(len(group.waiting) for group in self._groups.values())

    def _is_visible(self, number: int) -> bool:
        message = self._messages.get(number)
        return message is not None and message.state is State.VISIBLE
