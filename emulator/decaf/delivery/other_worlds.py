"""Deliveries to queues, topics and functions that other worlds have, where several nodes share the state out.

Rule: to the sending world such a delivery is remote: it is kept until the other world has written what came of it, and
tried again as AWS tries queues and functions again. The other world delivers as it does for its own topics and
functions: it looks for the queue, judges by its policy where its own are judged, and writes the message in its form.

Source: Amazon SNS Developer Guide, "Amazon SNS message delivery retries".
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from decaf.base.arn import Arn
from decaf.base.shard import Place
from decaf.delivery.transport import ManagedTransport, RemoteTransport
from decaf.delivery.transports.destinations import ServiceMessage, ToDestinations
from decaf.delivery.transports.lambda_ import ToFunctions
from decaf.delivery.transports.sqs import ToQueues
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import Outcome
from decaf.sns.topic import Subscription


class Delivers(Protocol):
    """What delivers to a subscriber, or to the `dead_letter_queue` of one, and what services send by themselves."""

    async def deliver(
        self, sent: Notification | Confirmation, subscription: Subscription, dead_letter_queue: Arn | None
    ) -> Outcome: ...

    async def send(self, message: ServiceMessage) -> Outcome: ...

    def room(self, target: Arn) -> AbstractAsyncContextManager[object]:
        """Returns the context of a delivery, which waits at its start while too many are under way to its world."""


class OtherWorlds(Delivers, Protocol):
    """The way to the worlds that have the accounts and regions which this one has not.

    `deliver` has the world of the subscriber, or of the dead-letter queue, deliver, and `send` that of the message's
    target. They return the outcome once that world has written it, and a retryable failure when it is not known.
    """

    async def place(self, places: Collection[Place]) -> None:
        """Have it settled which worlds have these accounts in regions. Raises ConnectionError when it cannot be."""

    def have(self, account: str, region: str) -> bool:
        """Returns whether one of them has an account in a region."""

    async def subscriptions(self, account: str, region: str, start: str | None) -> dict[str, dict[str, str]]:
        """Returns the subscriptions of an account to topics that they have, as ListSubscriptions lists them, by their
        keys: those after the key `start`, at least as many as a page has.

        Raises ServiceUnavailable when one of them does not answer.
        """


class ToOtherWorlds(ManagedTransport):
    """Delivers to a subscriber that another world has, or to a dead-letter queue there."""

    def __init__(self, others: Delivers, dead_letter_queue: Arn | None = None) -> None:
        self._others = others
        self._dead_letter_queue = dead_letter_queue

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        return await self._others.deliver(sent, subscription, self._dead_letter_queue)

    def room(self, subscription: Subscription) -> AbstractAsyncContextManager[object]:
        target = self._dead_letter_queue or subscription.target
        return nullcontext() if target is None else self._others.room(target)


class ByOtherWorlds:
    """What the courier needs to know of `others`: what they have, and the `transport` to subscribers of theirs."""

    def __init__(self, others: OtherWorlds, transport: RemoteTransport) -> None:
        self.others = others
        self.transport = transport

    def has(self, target: Arn | None) -> bool:
        """Returns whether another world has a queue, topic or function."""
        return target is not None and self.others.have(target.account, target.region)

    def to_dead_letter_queue(self, queue: Arn) -> RemoteTransport:
        return ToOtherWorlds(self.others, queue)


class Arrivals:
    """Delivers here what other worlds have sent, as their own transports would. Injected faults are the sender's."""

    def __init__(
        self, queues: ToQueues, functions: ToFunctions, destinations: ToDestinations, now: Callable[[], float]
    ) -> None:
        self._queues = queues
        self._functions = functions
        self._destinations = destinations
        self._now = now

    async def deliver(
        self, sent: Notification | Confirmation, subscription: Subscription, dead_letter_queue: Arn | None
    ) -> Outcome:
        """Deliver to a subscription of a topic that another world has."""
        if isinstance(sent, Notification) and dead_letter_queue is not None:
            return self._queues.dead_letter(sent, subscription, dead_letter_queue, self._now())
        if subscription.protocol == "lambda":
            return await self._functions.deliver(sent, subscription)
        if isinstance(sent, Confirmation):
            return self._queues.confirm(sent, subscription, self._now())
        return self._queues.prepare(sent)(subscription, self._now())

    async def send(self, message: ServiceMessage) -> Outcome:
        """Deliver what a service has sent in another world."""
        return self._destinations.deliver(message, self._now())

    def room(self, target: Arn) -> AbstractAsyncContextManager[object]:
        return nullcontext()
