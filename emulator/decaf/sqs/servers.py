"""The servers that a standard queue's messages are on, as far as a client of AWS can notice that there are several.

Rule: this only chooses which messages of a queue a receive sees, and which deletion does not reach all copies. What
happens to a message then is for the queue to do, along the states that every message has.

A queue has servers in the realistic profile alone, and never if it is a FIFO queue. Chance comes from the profile, by
the number of a message, or of a receive since the queue has these servers; a restart goes on with both.

Source: Amazon SQS Developer Guide, "Amazon SQS at-least-once delivery", "Amazon SQS short and long polling", and
"Amazon SQS standard queues".
"""

from __future__ import annotations

from collections.abc import Collection
from math import ceil
from random import Random

from decaf.base.profile import Profile
from decaf.sqs.message import Message
from decaf.sqs.queue import QUEUE_STATE, Queue
from decaf.sqs.receipt import Receipt

COUNT = 4  # servers
ASKED = 2  # of them, by a short poll
MIXED = 10  # messages, besides those that are asked for, that can come out of their order
BLOCK = 10  # messages, of each of which the same number come twice
SETTLED = 60.0  # seconds after the last message was sent, until counts are exact
_ALL = range(COUNT)


class SeveralServers:
    """The servers of a queue."""

    __slots__ = ("_profile", "_queue")

    def __init__(self, queue: Queue, profile: Profile) -> None:
        self._queue = queue
        self._profile = profile

    def receive(self, now: float, limit: int, visibility: float) -> list[Message]:
        """Receive messages as `Queue.receive` does, from all servers, as a long poll does."""
        return self._receive(now, limit, visibility, _ALL)

    def receive_from_some(self, now: float, limit: int, visibility: float) -> list[Message]:
        """Receive messages as a short poll does: those on some of the servers alone, so perhaps none."""
        asked = self._draw("servers", self._queue.receives).sample(_ALL, ASKED)
        return self._receive(now, limit, visibility, asked)

    def delete(self, receipt: Receipt, now: float) -> None:
        """Delete a message as `Queue.delete` does; but of one that comes twice, the first deletion misses a copy."""
        message = self._queue.find(receipt)
        if message is not None and message.receives_here == 1 and self._comes_twice(message.number):
            self._queue.survive(message, now)
        else:
            self._queue.delete(receipt, now)

    def counts(self, now: float) -> tuple[int, int, int]:
        """Returns how many messages are visible, in flight and delayed: about, as long as messages come in."""
        queue = self._queue
        exact = len(queue.visible), len(queue.in_flight), len(queue.delayed)
        if now >= queue.ages.latest + SETTLED:
            return exact
        off = self._draw("counts", queue.receives, *exact).choice((-1, 0, 1))
        visible, in_flight, delayed = (max(0, count + off * ceil(count / 10)) for count in exact)
        return visible, in_flight, delayed

    def _receive(self, now: float, limit: int, visibility: float, asked: Collection[int]) -> list[Message]:
        """Receive some of the first messages that are on the servers `asked`, in a new order."""
        if limit <= 0:
            return []
        queue, chance = self._queue, self._draw("order", self._queue.receives)
        queue.receives += 1
        queue.events.mark_dirty(QUEUE_STATE, queue)
        first = queue.set_aside(limit + MIXED, now)
        found = [message for message in first if asked is _ALL or self._server_of(message.number) in asked]
        chosen = chance.sample(found, min(limit, len(found)))
        kept = {message.number for message in chosen}
        rest = [message for message in first if message.number not in kept]
        queue.put_back(chosen, now)  # so that a receive finds these alone
        try:
            taken = queue.receive(now, len(chosen), visibility) if chosen else []
        finally:
            queue.put_back(rest, now)
        chance.shuffle(taken)
        for message in taken:
            self._return_early(message, now, visibility)
        return taken

    def _return_early(self, message: Message, now: float, visibility: float) -> None:
        """Let every second message that comes twice be received again while it is in flight."""
        if message.receives_here == 1 and self._comes_twice(message.number):
            chance = self._draw("early", message.number)
            if chance.random() < 0.5:
                self._queue.in_flight.move(message, now + min(visibility, chance.random()))

    def _comes_twice(self, number: int) -> bool:
        """Whether the message of that number comes twice. The first of a queue is among those that do."""
        share = self._profile.duplicates
        block, place = divmod(number - 1, BLOCK)
        places = self._draw("twice", block).sample(range(BLOCK), BLOCK)
        if block == 0:
            places.sort(key=bool)  # the first place comes first
        return place in places[: ceil(share * BLOCK)]

    def _server_of(self, number: int) -> int:
        return self._draw("server", number).randrange(COUNT)

    def _draw(self, *what: str | int) -> Random:
        arn = self._queue.arn
        return self._profile.draw(arn.region, arn.resource, *what)
