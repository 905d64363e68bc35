"""Deliveries that take time: attempts under way, attempts that wait for room, for their rate, or for another try.

Rule: whoever publishes never waits for an attempt. Attempts are tasks, few at a time per subscription and in all, and
subscriptions take turns: a dead endpoint keeps nobody but itself waiting, and is knocked at seldom. All times are the
clock's. Whoever moves the clock lets each attempt that falls due end before the next timer runs, see `settle`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from decaf.base.clock import Clock, Timer, in_real_time
from decaf.base.settings import Settings
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DeliveryAttempt, Outcome
from decaf.sns.retry_policy import RetryPolicy
from decaf.sns.topic import Subscription

REST = 0.25  # seconds that a subscriber who could not be reached is left alone: the dead must not cost the living

_log = logging.getLogger("decaf")


class RemoteTransport(Protocol):
    """How one protocol delivers to what may be slow, or away. It tries once, and says what became of it."""

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        """One attempt. It is cancelled when it takes too long."""

    def timeout(self, subscription: Subscription) -> float:
        """The seconds that an attempt may take."""

    def rate(self, subscription: Subscription) -> float | None:
        """How many attempts the subscription takes in a second, None for any number."""

    def retries(self, subscription: Subscription, outcome: Outcome) -> RetryPolicy:
        """How deliveries that failed like this are tried again."""

    async def close(self) -> None:
        """Give back what is held open between attempts."""


@dataclass(slots=True, eq=False)
class Delivery:
    """One delivery to one subscriber, from its first attempt to its last.

    `due` is when it is attempted next (epoch seconds), or was to be; None once it is done.
    """

    sent: Notification | Confirmation
    subscription: Subscription
    transport: RemoteTransport
    attempts: int = 0
    due: float | None = None

    def belongs_to(self, account: str) -> bool:
        return account in (self.subscription.owner, self.subscription.topic_arn.account)


@dataclass(slots=True, eq=False)
class SubscriberQueue:
    """The deliveries for one subscription that are to be attempted now."""

    waiting: deque[Delivery] = field(default_factory=deque)
    under_way: int = 0
    free_at: float = 0.0  # when its rate lets the next attempt start
    alarm: Timer | None = None  # set while the rate holds it up


class DeliveryScheduler:
    """All deliveries that are not done. `deliver` makes one attempt, `conclude` is told what became of it and when.

    Nothing is attempted before `open()`, which is for an event loop to call.
    """

    def __init__(
        self,
        clock: Clock,
        settings: Settings,
        deliver: Callable[[Delivery], Awaitable[Outcome]],
        conclude: Callable[[Delivery, DeliveryAttempt, float], None],
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._deliver = deliver
        self._conclude = conclude
        self._opened = False
        self._queues: dict[Subscription, SubscriberQueue] = {}
        self._turns: dict[Subscription, None] = {}  # whose turn it is, in order: an ordered set
        self._resting: dict[Delivery, Timer] = {}  # until they are tried again
        self._under_way: dict[asyncio.Task[None], Delivery] = {}
        self._slow: set[asyncio.Task[None]] = set()  # under way, and not waited for any more

    def send(self, delivery: Delivery, now: float) -> None:
        """Attempt a delivery as soon as there is room."""
        delivery.due = now
        self._line_up(delivery)
        self._go_on(now)

    def send_later(self, delivery: Delivery, when: float) -> None:
        """Attempt a delivery at `when`."""

        def wake(now: float) -> None:
            del self._resting[delivery]
            self.send(delivery, now)

        delivery.due = when
        about = f"a delivery to {delivery.subscription.arn} is tried again"
        self._resting[delivery] = self._clock.call_at(when, wake, about)

    def resume(self, delivery: Delivery, due: float) -> None:
        """Go on with a delivery that is, or was, to be attempted at `due`."""
        now = self._clock.now()
        if due > now:
            return self.send_later(delivery, due)
        delivery.due = due
        self._line_up(delivery)
        return self._go_on(now)

    def _line_up(self, delivery: Delivery) -> None:
        self._queues.setdefault(delivery.subscription, SubscriberQueue()).waiting.append(delivery)
        self._turns[delivery.subscription] = None

    def deliveries(self) -> list[Delivery]:
        """The deliveries that are not done."""
        waiting = (delivery for queue in self._queues.values() for delivery in queue.waiting)
        return [*self._under_way.values(), *waiting, *self._resting]

    @property
    def is_busy(self) -> bool:
        """Whether attempts are under way that have not been waited for."""
        return len(self._under_way) > len(self._slow)

    async def settle(self) -> None:
        """Wait for the attempts under way and those they lead to at once; for slow ones only so long in real time."""
        while fresh := self._under_way.keys() - self._slow:
            self._slow |= await in_real_time(fresh, self._settings.clock_patience)
            self._slow &= self._under_way.keys()

    def open(self) -> None:
        """Start to deliver; needs a running event loop."""
        self._opened = True
        self._go_on(self._clock.now())

    async def finish(self, seconds: float) -> None:
        """Wait for the attempts under way, and those that follow from them at once, but for no more real time."""
        done = asyncio.ensure_future(self._until_idle())
        await in_real_time({done}, max(0.0, seconds))
        done.cancel()
        await asyncio.gather(done, return_exceptions=True)

    async def _until_idle(self) -> None:
        while self._under_way:
            await asyncio.wait(list(self._under_way))

    async def close(self) -> None:
        """Stop to deliver; what is under way or waits is dropped."""
        self._opened = False
        under_way = list(self._under_way)
        self.drop()
        await asyncio.gather(*under_way, return_exceptions=True)
        for queue in self._queues.values():
            if queue.alarm is not None:
                queue.alarm.cancel()
        self._queues.clear()
        self._turns.clear()

    def drop(self, account: str | None = None) -> None:
        """Forget all deliveries, or those of one account; attempts under way end at once."""
        for task, delivery in self._under_way.items():
            if account is None or delivery.belongs_to(account):
                task.cancel()
        for delivery, timer in list(self._resting.items()):
            if account is None or delivery.belongs_to(account):
                timer.cancel()
                del self._resting[delivery]
        for queue in self._queues.values():
            queue.waiting = deque(p for p in queue.waiting if not (account is None or p.belongs_to(account)))

    def _go_on(self, now: float) -> None:
        """Start what there is room for, one attempt of each subscription in turn."""
        while self._opened and self._turns and len(self._under_way) < self._settings.max_deliveries:
            subscription = next(iter(self._turns))
            del self._turns[subscription]
            queue = self._queues[subscription]
            if queue.alarm is not None or queue.under_way >= self._settings.max_deliveries_each:
                continue  # it comes back when its alarm rings, or one of its attempts ends
            if queue.free_at > now:
                about = f"the next delivery to {subscription.arn}" if queue.waiting else ""
                queue.alarm = self._clock.call_at(queue.free_at, partial(self._ring, subscription), about)
            elif queue.waiting:
                self._start(queue, queue.waiting.popleft(), now)
                self._turns[subscription] = None
            elif not queue.under_way:
                del self._queues[subscription]

    def _ring(self, subscription: Subscription, now: float) -> None:
        self._queues[subscription].alarm = None
        self._turns[subscription] = None
        self._go_on(now)

    def _start(self, queue: SubscriberQueue, delivery: Delivery, now: float) -> None:
        rate = delivery.transport.rate(delivery.subscription)
        if rate is not None:
            queue.free_at = now + 1 / rate
        queue.under_way += 1
        delivery.attempts += 1
        task = asyncio.get_running_loop().create_task(self._attempt(delivery, now))
        self._under_way[task] = delivery
        task.add_done_callback(lambda done: self._ended(done, queue, delivery.subscription))

    def _ended(self, task: asyncio.Task[None], queue: SubscriberQueue, subscription: Subscription) -> None:
        del self._under_way[task]
        self._slow.discard(task)
        queue.under_way -= 1
        self._turns[subscription] = None
        self._go_on(self._clock.now())

    async def _attempt(self, delivery: Delivery, started: float) -> None:
        """One attempt, no longer than it may take, and what follows from it."""
        outcome = await self._within(delivery.transport.timeout(delivery.subscription), delivery)
        now = self._clock.now()
        if (
            outcome.retryable
            and outcome.status is None
            and (queue := self._queues.get(delivery.subscription)) is not None
        ):
            queue.free_at = max(queue.free_at, now + REST)
        to = delivery.subscription
        attempt = DeliveryAttempt(delivery.sent, to.protocol, to.endpoint, outcome, delivery.attempts, now - started)
        self._conclude(delivery, attempt, now)

    async def _within(self, seconds: float, delivery: Delivery) -> Outcome:
        task = asyncio.current_task()
        assert task is not None
        late = False

        def give_up(_: float) -> None:
            nonlocal late
            late = True
            task.cancel()
            self._slow.discard(task)  # it ends now, and is to be waited for again

        about = f"a delivery to {delivery.subscription.arn} takes too long"
        limit = self._clock.call_at(self._clock.now() + seconds, give_up, about)
        try:
            return await self._deliver(delivery)
        except asyncio.CancelledError:
            if late and task.uncancel() == 0:
                return Outcome(f"no answer within {seconds:g} seconds", retryable=True)
            raise
        except Exception:
            _log.exception("internal error in a delivery to %s", delivery.subscription.endpoint)
            return Outcome("internal error")
        finally:
            limit.cancel()
