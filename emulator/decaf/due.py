"""Events that fall due by themselves, in queues and on timers: which one is next, and an alarm that runs them in time.

Rule: a queue does its due work at the next call to it, however late that is: no client can see the difference. While
events are watched, or the clock is moved, one timer on the clock runs the work of all queues when it is due, in the
order of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

import msgspec

from decaf.base.arn import Arn
from decaf.base.clock import Clock, Timer
from decaf.base.events import Event, Events, StateKind, on
from decaf.base.lazy_heap import Ranking
from decaf.base.slices import Busy
from decaf.sqs.message import State
from decaf.sqs.queue import MESSAGE_STATE, NEW_MESSAGE, QUEUE_STATE, Queue
from decaf.store import Store

LEISURE = 0.2  # seconds after which changed queues are looked at, where nobody needs it sooner
STEPS = 500  # messages in one go: a move of the clock lets other calls through after the time of so many has come

# The queue that a change of state belongs to.
_QUEUE_OF = dict(
    (
        on(QUEUE_STATE, lambda queue: queue.arn),
        on(MESSAGE_STATE, lambda key: key[0].arn),
        on(NEW_MESSAGE, lambda key: key[0].arn),
    )
)


class Due(msgspec.Struct, frozen=True):
    """An event that will happen by itself at `at` (epoch seconds); `what` describes it."""

    at: float
    what: str


def next_due(clock: Clock, queues: Iterable[Queue]) -> Due | None:
    """Return the next event, None when there is none."""
    timer = clock.next_described()
    coming = [(at, queue) for queue in queues if (at := queue.next_due()) is not None]
    at, queue = min(coming, key=lambda pair: pair[0], default=(None, None))
    if timer is not None and (at is None or timer.when < at):
        return Due(timer.when, timer.about)
    return None if at is None or queue is None else Due(at, _what(queue, at))


def _what(queue: Queue, at: float) -> str:
    """Describe the event of `queue` at `at`."""
    for message in queue.messages.values():
        if message.due == at and message.state is State.IN_FLIGHT:
            return f"visibility timeout of message {message.id} in {queue.name} ends"
        if message.due == at and message.state is State.DELAYED:
            return f"delay of message {message.id} in {queue.name} ends"
    oldest = queue.ages.oldest()
    return f"message {oldest.id if oldest else ''} in {queue.name} expires"


class Alarm:
    """Runs the work of queues when it is due, as long as it is entered: `with alarm:`, which may be nested.

    It listens for events and state changes, and looks at each changed queue once before the next timer runs: however
    much an action changes a queue, its next due time is looked up once, and no other queue is looked at.

    Within `at_leisure()` alone it looks at changed queues a moment later: many calls cost one look, and work that is
    due at once, or sooner than that moment, is done so much later. Times are those at which it was due all the same.
    """

    __slots__ = (
        "_busy",
        "_cancel_look",
        "_changed",
        "_clock",
        "_coming",
        "_entered",
        "_events",
        "_leisurely",
        "_steps",
        "_store",
        "_timer",
    )

    def __init__(self, clock: Clock, events: Events, store: Store) -> None:
        self._clock = clock
        self._events = events
        self._store = store
        self._entered = 0  # times
        self._leisurely = 0  # times of these, that do not need it at once
        self._changed: set[Arn] = set()  # since they were looked at
        self._coming: Ranking[tuple[float, Arn], Arn] = Ranking()  # by when a queue has work to do
        self._cancel_look: Callable[[], None] | None = None  # while it is planned
        self._timer: Timer | None = None
        self._busy: Arn | None = None  # the queue whose work is being done
        self._steps = 0  # messages whose time has come, since the last rest

    def rests(self) -> bool:
        """Whether the clock should stop here for a moment, since much was done on the way; forgets what was done."""
        rests = self._steps >= STEPS
        if rests:
            self._steps = 0
        return rests

    def __enter__(self) -> None:
        self._entered += 1
        if self._entered == 1:
            self._events.listeners.append(self._on_event)
            self._events.state_listeners.append(self._on_change)
            self._look_at(self._queues())
        elif self._cancel_look is not None:  # what was put off for those at leisure
            self._look_at_changed(0.0)

    @contextmanager
    def at_leisure(self) -> Iterator[None]:
        """Enter it for somebody who does not need changes to be looked at at once."""
        self._leisurely += 1
        try:
            with self:
                yield
        finally:
            self._leisurely -= 1

    def look_again(self) -> None:
        """Look at all queues: they were replaced without events."""
        if self._entered:
            self._look_at(self._queues())

    def __exit__(self, *_: object) -> None:
        self._entered -= 1
        if self._entered:
            return
        self._events.listeners.remove(self._on_event)
        self._events.state_listeners.remove(self._on_change)
        self._changed.clear()
        self._coming.clear()
        self._drop_look()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_event(self, event: Event) -> None:
        if event.arn is not self._busy:
            self._note(event.arn)

    def _on_change(self, kind: StateKind[Any], key: Any) -> None:
        queue_of = _QUEUE_OF.get(kind)
        if queue_of is not None:
            self._note(queue_of(key))

    def _note(self, arn: Arn) -> None:
        if self._entered and arn.service == "sqs":
            self._changed.add(arn)
            if self._cancel_look is None:
                self._plan_look()

    def _plan_look(self) -> None:
        if self._entered > self._leisurely:
            self._cancel_look = self._clock.call_at(-inf, self._look_at_changed, about="").cancel
        else:
            self._cancel_look = self._clock.call_within(LEISURE, self._look_at_changed, about="")

    def _drop_look(self) -> None:
        if self._cancel_look is not None:
            self._cancel_look()
            self._cancel_look = None

    def _look_at_changed(self, _: float) -> None:
        self._drop_look()
        self._look_at(self._changed)
        self._changed.clear()

    def _look_at(self, queues: Iterable[Arn]) -> None:
        for arn in queues:
            queue = self._queue(arn)
            self._put(arn, None if queue is None else queue.next_due())
        self._set()

    def _put(self, arn: Arn, at: float | None) -> None:
        if at is None:
            self._coming.drop(arn)
        else:
            self._coming.put(arn, (at, arn))

    def _set(self) -> None:
        coming = self._coming.lowest()
        at = None if coming is None else coming[0]
        if self._timer is not None:
            if self._timer.when == at:
                return
            self._timer.cancel()
        self._timer = None if at is None else self._clock.call_at(at, self._ring, about="")

    def _ring(self, now: float) -> None:
        self._timer = None
        if self._steps >= STEPS:
            self._steps = 0  # whoever moves the clock does not ask for rests
        while (coming := self._coming.lowest()) is not None and self._reaches(coming[0], now):
            at, arn = coming
            self._coming.drop(arn)
            queue = self._queue(arn)
            if queue is not None:
                self._work(queue, at, now)
        self._set()

    def _work(self, queue: Queue, at: float | None, now: float) -> None:
        """Do a queue's work from `at` on, until another queue's is due or the present move of the clock ends."""
        coming = self._coming.lowest()
        others = inf if coming is None else coming[0]
        self._busy = queue.arn
        while at is not None and at <= others and self._reaches(at, now):
            try:
                self._steps += max(1, queue.settle(at))
            except Busy as busy:
                busy.then(lambda: self._note(queue.arn))
            at = queue.next_due()
        self._busy = None
        self._put(queue.arn, at)

    def _reaches(self, at: float, now: float) -> bool:
        """Whether the clock shows `at`, or was moved on to it from `now` with nothing else due before."""
        return at <= now or (self._steps < STEPS and self._clock.continue_to(at))

    def _queues(self) -> list[Arn]:
        return [queue.arn for region in self._store.regions() for queue in region.queues.values()]

    def _queue(self, arn: Arn) -> Queue | None:
        return self._store.find_queue(arn.account, arn.region, arn.resource)
