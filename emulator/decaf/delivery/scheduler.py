"""The delivery scheduler: starts the attempts of remote deliveries when they are due and there is room for them.

Rule: Publish never waits for an attempt. Each attempt is a task. Subscriptions take turns. For the first attempt under
way to each there is nearly always room, since one that waits costs no more than a connection; few run beside a first
one, per subscription and in all. So an endpoint that does not respond delays its own deliveries only. Message groups of
FIFO topics take turns as subscriptions do. Their deliveries are made one after the other, and one that is tried again
keeps those behind it waiting. All times are the clock's. Whoever moves the clock lets the attempts that fall due end
before the next timer fires: see `settle`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from functools import partial

from decaf.base.arn import Arn
from decaf.base.clock import Clock, Timer, give_way, in_real_time
from decaf.base.file_limit import most_deliveries
from decaf.base.settings import Settings
from decaf.base.time_limit import within
from decaf.delivery.delivery import Delivery
from decaf.sns.outcome import Outcome

PAUSE = 0.25  # seconds without attempts for a subscriber that was unreachable, so that it does not delay the others
STARTED_TOGETHER = 32  # attempts, before the event loop does other work: to start one takes up to a millisecond

_log = logging.getLogger("decaf")


@dataclass(slots=True, eq=False)
class SubscriberQueue:
    """The deliveries to one recipient, or of a message group to a subscription, that are due.

    `under_way` is the number of its attempts that run now.
    """

    recipient: Arn
    waiting: deque[Delivery] = field(default_factory=deque)
    under_way: int = 0
    free_at: float = 0.0  # no attempt starts earlier: its rate, the pause after it was unreachable, a retry in order
    timer: Timer | None = None  # fires at `free_at`; set while deliveries wait for that


class DeliveryScheduler:
    """All remote deliveries that are not done.

    `attempt` makes one attempt of a delivery. `conclude` is called with the outcome of each attempt, the seconds that
    it took and the time, and decides what follows. No attempt starts before `open()`.
    """

    def __init__(
        self,
        clock: Clock,
        settings: Settings,
        attempt: Callable[[Delivery], Awaitable[Outcome]],
        conclude: Callable[[Delivery, Outcome, float, float], None],
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._attempt = attempt
        self._conclude = conclude
        self._is_open = False
        self._queues: dict[Hashable, SubscriberQueue] = {}
        self._turns: dict[Hashable, None] = {}  # those of queues that may start an attempt: an ordered set
        self._postponed: dict[Delivery, Timer] = {}
        self._under_way: dict[asyncio.Task[None], Delivery] = {}
        self._reached = 0  # subscriptions that have attempts under way
        self._just_started = 0  # attempts, since the event loop did other work
        self._slow: set[asyncio.Task[None]] = set()  # under way, but `settle` has given up waiting for them

    def send(self, delivery: Delivery, now: float) -> None:
        """Attempt a delivery as soon as there is room."""
        delivery.due = now
        self._enqueue(delivery)
        self._start_attempts(now)

    def send_later(self, delivery: Delivery, when: float) -> None:
        """Attempt a delivery, whose last attempt is under way, at `when` (epoch seconds)."""
        if delivery.is_ordered:
            self._wait_first(delivery, when)
            return

        def wake(now: float) -> None:
            del self._postponed[delivery]
            self.send(delivery, now)

        delivery.due = when
        about = f"a delivery to {delivery.arn} is tried again"
        self._postponed[delivery] = self._clock.call_at(when, wake, about)

    def resume(self, delivery: Delivery, due: float) -> None:
        """Continue a delivery of an earlier run whose next attempt is due at `due`, or was."""
        now = self._clock.now()
        if due > now and not delivery.is_ordered:
            return self.send_later(delivery, due)
        delivery.due = due
        queue = self._enqueue(delivery)
        if due > now:
            queue.free_at = max(queue.free_at, due)
        return self._start_attempts(now)

    def deliveries(self) -> list[Delivery]:
        """Returns the deliveries that are not done."""
        waiting = (delivery for queue in self._queues.values() for delivery in queue.waiting)
        return [*self._under_way.values(), *waiting, *self._postponed]

    def drop(self, account: str | None = None) -> None:
        """Drop all deliveries, or those of one account; their attempts under way are cancelled."""
        for task, delivery in self._under_way.items():
            if account is None or delivery.belongs_to(account):
                task.cancel()
        for delivery, timer in list(self._postponed.items()):
            if account is None or delivery.belongs_to(account):
                timer.cancel()
                del self._postponed[delivery]
        for queue in self._queues.values():
            queue.waiting = deque(each for each in queue.waiting if not (account is None or each.belongs_to(account)))

    # --- waiting for attempts ------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether `settle` has attempts to wait for."""
        return self._has_to_start or len(self._under_way) > len(self._slow)

    @property
    def _has_to_start(self) -> bool:
        """Whether attempts will start as soon as the event loop has done other work."""
        return self._just_started >= STARTED_TOGETHER and bool(self._turns)

    async def settle(self) -> None:
        """Wait for the attempts under way and those that follow at once.

        An attempt that takes longer than `clock_patience` in real time is not waited for again.
        """
        while self.is_busy:
            if fresh := self._under_way.keys() - self._slow:
                self._slow |= await in_real_time(fresh, self._settings.clock_patience)
                self._slow &= self._under_way.keys()
            else:
                await give_way()

    def open(self) -> None:
        """Start delivering, in the running event loop."""
        self._is_open = True
        self._start_attempts(self._clock.now())

    async def finish(self, seconds: float) -> None:
        """Wait for the attempts under way and those that follow at once, for at most so many seconds of real time."""
        idle = asyncio.ensure_future(self._until_idle())
        await in_real_time({idle}, max(0.0, seconds))
        idle.cancel()
        await asyncio.gather(idle, return_exceptions=True)

    async def _until_idle(self) -> None:
        while self._under_way or self._has_to_start:
            await (asyncio.wait(list(self._under_way)) if self._under_way else give_way())

    async def close(self) -> None:
        """Stop delivering; all deliveries that are not done are dropped."""
        self._is_open = False
        under_way = list(self._under_way)
        self.drop()
        await asyncio.gather(*under_way, return_exceptions=True)
        for queue in self._queues.values():
            if queue.timer is not None:
                queue.timer.cancel()
        self._queues.clear()
        self._turns.clear()
        self._just_started = 0

    # --- whose turn it is ----------------------------------------------------------------------------------

    def _enqueue(self, delivery: Delivery) -> SubscriberQueue:
        key = delivery.queue_key
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = SubscriberQueue(delivery.arn)
        queue.waiting.append(delivery)
        self._turns[key] = None
        return queue

    def _wait_first(self, delivery: Delivery, when: float) -> None:
        """Let a delivery that is tried again at `when` wait before all others of its message group."""
        delivery.due = when
        queue = self._queues[delivery.queue_key]
        queue.waiting.appendleft(delivery)
        queue.free_at = max(queue.free_at, when)

    def _start_attempts(self, now: float) -> None:
        """Start as many attempts as there is room for, one per subscription in turn, and a few at a time."""
        most = min(self._settings.max_deliveries, most_deliveries())
        while self._is_open and self._turns and len(self._under_way) < most and self._just_started < STARTED_TOGETHER:
            key = next(iter(self._turns))
            del self._turns[key]
            self._take_turn(key, now)

    def _start_more(self) -> None:
        self._just_started = 0
        self._start_attempts(self._clock.now())

    def _take_turn(self, key: Hashable, now: float) -> None:
        queue = self._queues[key]
        if queue.timer is not None or not self._has_room(queue):
            return  # it gets its next turn when the timer fires, or one of its attempts ends
        if queue.free_at > now:
            free, about = partial(self._free, key), f"the next delivery to {queue.recipient}"
            queue.timer = self._clock.call_at(queue.free_at, free, about, lambda: bool(queue.waiting))
        elif queue.waiting:
            self._start(queue, queue.waiting.popleft(), now)
            self._turns[key] = None
        elif not queue.under_way:
            del self._queues[key]

    def _has_room(self, queue: SubscriberQueue) -> bool:
        """Whether another attempt may start for a subscription, beside those that it has under way."""
        extra = len(self._under_way) - self._reached
        return not queue.under_way or (
            queue.under_way < self._settings.max_deliveries_each
            and extra < self._settings.max_extra_deliveries
            and not (queue.waiting and queue.waiting[0].is_ordered)
        )

    def _free(self, key: Hashable, now: float) -> None:
        """The timer of a subscriber's queue has fired."""
        self._queues[key].timer = None
        self._turns[key] = None
        self._start_attempts(now)

    # --- one attempt ---------------------------------------------------------------------------------------

    def _start(self, queue: SubscriberQueue, delivery: Delivery, now: float) -> None:
        rate = delivery.rate()
        if rate is not None:
            queue.free_at = now + 1 / rate
        loop = asyncio.get_running_loop()
        if not self._just_started:
            loop.call_soon(self._start_more)
        self._just_started += 1
        self._reached += not queue.under_way
        queue.under_way += 1
        delivery.attempts += 1
        task = loop.create_task(self._run(delivery, now))
        self._under_way[task] = delivery
        task.add_done_callback(lambda done: self._ended(done, queue, delivery.queue_key))

    def _ended(self, task: asyncio.Task[None], queue: SubscriberQueue, key: Hashable) -> None:
        del self._under_way[task]
        self._slow.discard(task)
        queue.under_way -= 1
        self._reached -= not queue.under_way
        self._turns[key] = None
        self._start_attempts(self._clock.now())

    async def _run(self, delivery: Delivery, started: float) -> None:
        """Make one attempt and conclude it."""
        async with delivery.room():
            outcome = await self._within(delivery.timeout(), delivery)
        now = self._clock.now()
        unreachable = outcome.retryable and outcome.status is None
        if unreachable and (queue := self._queues.get(delivery.queue_key)) is not None:
            queue.free_at = max(queue.free_at, now + PAUSE)
        self._conclude(delivery, outcome, now - started, now)

    async def _within(self, seconds: float, delivery: Delivery) -> Outcome:
        """Returns the outcome of an attempt, which is cancelled after so many seconds of the clock."""
        task = asyncio.current_task()
        assert task is not None
        about = f"a delivery to {delivery.arn} takes too long"
        try:
            # one that is cancelled ends now, so `settle` has to wait for it again
            async with within(self._clock, seconds, about, lambda: self._slow.discard(task)):
                return await self._attempt(delivery)
        except TimeoutError:
            return Outcome(f"no response within {seconds:g} seconds", retryable=True)
        except Exception:
            _log.exception("internal error in a delivery to %s", delivery.recipient)
            return Outcome("internal error")
