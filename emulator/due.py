"""What falls due by itself, anywhere in the world: what comes next, and making it happen in time.

Rule: a queue that nobody touches does its work late, which nobody can see. While somebody wants to see it, or the
clock is being moved, one timer on the clock does the work of all queues when it is due and in the order of time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from emulator.arn import Arn
from emulator.clock import Clock, Timer
from emulator.events import Event, Events, MessageDeadLettered
from emulator.sqs.message import State
from emulator.sqs.queue import Queue
from emulator.store import Store


@dataclass(frozen=True, slots=True)
class Due:
    """Something that will happen by itself at `at` (epoch seconds)."""

    at: float
    what: str


def next_due(clock: Clock, queues: Iterable[Queue]) -> Due | None:
    """The next thing to happen, None when nothing will."""
    timer = clock.next_told()
    coming = [(at, queue) for queue in queues if (at := queue.next_due()) is not None]
    at, queue = min(coming, key=lambda pair: pair[0], default=(None, None))
    if timer is not None and (at is None or timer.when < at):
        return Due(timer.when, timer.about)
    return None if at is None or queue is None else Due(at, _what(queue, at))


def _what(queue: Queue, at: float) -> str:
    """What happens to which message of `queue` at `at`."""
    for message in queue.messages.values():
        if message.due == at and message.state is State.IN_FLIGHT:
            return f"visibility timeout of message {message.id} in {queue.name} ends"
        if message.due == at and message.state is State.DELAYED:
            return f"delay of message {message.id} in {queue.name} ends"
    oldest = queue.ages.oldest()
    return f"message {oldest.id if oldest else ''} in {queue.name} expires"


class Alarm:
    """Rings when a queue has work to do, as long as somebody holds it: `with alarm:`.

    It hears from the events which queues' next work may have changed; their order is kept in a heap whose entries
    are checked when met, so that neither an event nor a ring looks at any other queue.
    """

    __slots__ = ("_busy", "_clock", "_coming", "_events", "_holders", "_store", "_timer")

    def __init__(self, clock: Clock, events: Events, store: Store) -> None:
        self._clock = clock
        self._events = events
        self._store = store
        self._holders = 0
        self._coming: list[tuple[float, Arn]] = []
        self._timer: Timer | None = None
        self._busy: Arn | None = None  # the queue whose work is being done

    def __enter__(self) -> None:
        self._holders += 1
        if self._holders > 1:
            return
        self._events.listeners.append(self._note)
        self._look()

    def look_again(self) -> None:
        """All queues may be others now than those that events told of."""
        if self._holders:
            self._look()

    def __exit__(self, *_: object) -> None:
        self._holders -= 1
        if self._holders:
            return
        self._events.listeners.remove(self._note)
        self._coming.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _note(self, event: Event) -> None:
        queue = self._queue(event.arn)
        if queue is None:
            return
        if type(event) is MessageDeadLettered and (target := queue.dead_letter_queue()) is not None:
            self._look_at(target)
        if event.arn != self._busy:
            self._look_at(queue)
            self._set()

    def _look(self) -> None:
        for region in self._store.regions():
            for queue in region.queues.values():
                self._look_at(queue)
        self._set()

    def _look_at(self, queue: Queue) -> None:
        at = queue.next_due()
        if at is not None:
            heapq.heappush(self._coming, (at, queue.arn))

    def _set(self) -> None:
        at = self._coming[0][0] if self._coming else None
        if self._timer is not None:
            if self._timer.when == at:
                return
            self._timer.cancel()
        self._timer = None if at is None else self._clock.call_at(at, self._ring, about="")

    def _ring(self, now: float) -> None:
        self._timer = None
        while self._coming and (self._coming[0][0] <= now or self._clock.go_on(self._coming[0][0])):
            at, arn = heapq.heappop(self._coming)
            queue = self._queue(arn)
            if queue is not None and queue.next_due() == at:
                self._work(queue, at, now)
        self._set()

    def _work(self, queue: Queue, at: float | None, now: float) -> None:
        """Do a queue's work from `at` on, until another queue's is due or the clock goes no further by itself."""
        others = self._coming[0][0] if self._coming else inf
        self._busy = queue.arn
        while at is not None and at <= others and (at <= now or self._clock.go_on(at)):
            queue.settle(at)
            at = queue.next_due()
        self._busy = None
        if at is not None:
            heapq.heappush(self._coming, (at, queue.arn))

    def _queue(self, arn: Arn) -> Queue | None:
        return self._store.find_queue(arn.account, arn.region, arn.resource) if arn.service == "sqs" else None
