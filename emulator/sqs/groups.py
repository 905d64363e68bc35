"""The line of a FIFO queue: messages in groups, each group in order.

Rule: a message in flight holds back those of its group that come after it, and no others. So a group gives nothing
more while what was received of it is being processed; and a message that is visible again before those after it
are comes back alone, since they stay in flight for as long as their own timeouts say.

Groups that have something to give stand in line; one that was served goes to the end.
Source: Amazon SQS Developer Guide, "FIFO queue delivery logic", and answers of the real service.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from dataclasses import dataclass, field

from emulator.sqs.message import Message, State

_SWEEP_FLOOR = 64


@dataclass(slots=True, eq=False)
class Group:
    """What a queue's line has of one group."""

    id: str | None
    waiting: list[int] = field(default_factory=list)  # a heap of message numbers; dead ones are dropped when met
    held: set[int] = field(default_factory=set)  # those in flight, never more than one receive takes


class GroupLine:
    """The visible messages of a FIFO queue, by group."""

    __slots__ = ("_entries", "_groups", "_length", "_messages", "_ready", "_taken")

    def __init__(self, messages: dict[int, Message]) -> None:
        self._messages = messages
        self._groups: dict[str | None, Group] = {}
        self._ready: OrderedDict[str | None, Group] = OrderedDict()
        self._taken: list[Message] = []  # in the receive under way
        self._length = 0
        self._entries = 0  # in all groups' `waiting`, dead ones too

    def __len__(self) -> int:
        return self._length

    def join(self, message: Message) -> None:
        group = self._group(message)
        heapq.heappush(group.waiting, message.number)
        self._length += 1
        self._entries += 1
        self._open(group)

    def rejoin(self, message: Message, now: float) -> None:
        self._group(message).held.discard(message.number)
        self.join(message)

    def take(self, now: float) -> Message | None:
        """As many messages as there are of the group whose turn it is, one by one, then those of the next group."""
        while self._ready:
            group = next(iter(self._ready.values()))
            message = self._first(group)
            if message is not None:
                heapq.heappop(group.waiting)
                self._entries -= 1
                self._length -= 1
                self._taken.append(message)
                return message
            self._ready.popitem(last=False)
            self._forget_if_empty(group)
        return None

    def end_receive(self) -> None:
        served = {message.group_id: self._group(message) for message in self._taken}
        for message in self._taken:
            if message.state is State.IN_FLIGHT:
                served[message.group_id].held.add(message.number)
        self._taken.clear()
        for group in served.values():
            self._ready.pop(group.id, None)
            self._open(group)

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
        self._open(group)

    def clear(self) -> None:
        self._groups.clear()
        self._ready.clear()
        self._taken.clear()
        self._length = self._entries = 0

    def _group(self, message: Message) -> Group:
        group = self._groups.get(message.group_id)
        if group is None:
            group = self._groups[message.group_id] = Group(message.group_id)
        return group

    def _open(self, group: Group) -> None:
        """Put the group at the end of the line if it has something to give and stands in it no more."""
        if group.id in self._ready:
            return
        if self._first(group) is not None:
            self._ready[group.id] = group
        else:
            self._forget_if_empty(group)

    def _first(self, group: Group) -> Message | None:
        """The next message of the group, None if it has none or must not give it yet."""
        while group.waiting:
            number = group.waiting[0]
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
            group.waiting = sorted(set(filter(self._is_visible, group.waiting)))  # a sorted list is a heap
            if not group.waiting:
                self._ready.pop(group.id, None)
                self._forget_if_empty(group)
        self._entries = sum(len(group.waiting) for group in self._groups.values())

    def _is_visible(self, number: int) -> bool:
        message = self._messages.get(number)
        return message is not None and message.state is State.VISIBLE
