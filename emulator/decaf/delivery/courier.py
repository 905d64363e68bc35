"""The courier: brings what is published to whom it concerns, and sees to what cannot be delivered.

Rule: a transport says how to deliver, and answers with an Outcome; the courier alone decides what follows: what is
tried again and when, what is recorded, and what goes to a dead-letter queue. Queues and the inbox have what was
published when Publish returns; what has to travel goes out afterwards, and Publish does not wait for it.

FIFO topics deliver to queues only, in the order of publishing, and a queue takes a message at once or never: nothing
of a message group is ever tried again, so nothing can overtake.

Source: Amazon SNS Developer Guide, "Message delivery retries" and "Amazon SNS dead-letter queues".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import msgspec

from decaf.base.arn import Arn
from decaf.base.clock import Clock
from decaf.base.events import (
    Event,
    Events,
    NotificationDeadLettered,
    NotificationDelivered,
    NotificationFailed,
    NotificationFiltered,
    NotificationPostponed,
    NotificationPublished,
)
from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.delivery.scheduler import Delivery, DeliveryScheduler, RemoteTransport
from decaf.sns.application_event import ApplicationEvent
from decaf.sns.data_protection import Views
from decaf.sns.filters import PolicyIndex
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import UNDER_WAY, DeliverFn, DeliveryAttempt, Outcome
from decaf.sns.recipients import Recipients
from decaf.sns.subscription_attributes import dead_letter_target
from decaf.sns.topic import Subscription, Topic
from decaf.store import Store

_ENDED = Outcome("the subscription has ended")

_DENIED = Outcome("denied by the topic's data protection policy")


class Transport(Protocol):
    """How one protocol delivers."""

    def prepare(self, notification: Notification) -> DeliverFn:
        """What delivers `notification` to a subscription at a time; all that subscribers share is done here."""


class ConfirmingTransport(Protocol):
    """A transport to endpoints whose owners may have to confirm a subscription."""

    def confirm(self, confirmation: Confirmation, subscription: Subscription, now: float) -> Outcome:
        """Ask the owner of a pending subscription's endpoint to confirm it."""


class DirectTransport(Protocol):
    """A transport to what can be published to without a topic."""

    def send(self, notification: Notification, recipient: str, now: float) -> Outcome:
        """Deliver to a phone number or an endpoint."""


class DeadLetters(Protocol):
    """Where a subscription's dead-letter queue is reached."""

    def dead_letter(self, notification: Notification, subscription: Subscription, target: Arn, now: float) -> Outcome:
        """Put what could not be delivered in the queue `target`, as the subscriber would have got it."""


class Courier:
    """Transports by protocol, and what becomes of what they carry.

    `transports` deliver at once, `remote` ones take their time. Deliveries that take time start with `open()`.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        ids: Ids,
        events: Events,
        transports: Mapping[str, Transport],
        confirming: Mapping[str, ConfirmingTransport],
        direct: Mapping[str, DirectTransport],
        remote: Mapping[str, RemoteTransport],
        dead_letters: DeadLetters,
    ) -> None:
        self._store = store
        self._jitter = settings.retry_jitter
        self._ids = ids
        self._events = events
        self._transports = transports
        self._confirming = confirming
        self._direct = direct
        self._remote = remote
        self._dead_letters = dead_letters
        self._scheduler = DeliveryScheduler(clock, settings, self._attempt, self._conclude)

    def publish(self, topic: Topic, notification: Notification, now: float) -> None:
        """Deliver to all confirmed subscriptions of a topic that want it."""
        if self._events.listeners:
            self._events.emit(NotificationPublished(now, topic.arn, notification))
        views = None if topic.data_protection is None else Views(topic.data_protection, notification)
        self._deliver(Recipients(notification, topic.subscribers, topic.in_replay()), now, views)

    def replay(self, notification: Notification, subscription: Subscription, now: float) -> None:
        """Deliver what was published earlier to one subscription, marked as such."""
        alone = PolicyIndex({subscription: subscription.attributes.get("FilterPolicy")})
        self._deliver(Recipients(replace(notification, replayed=True), alone), now)

    def _deliver(self, recipients: Recipients, now: float, views: Views | None = None) -> None:
        """`views` are what subscribers may see, where that is not the same for all."""
        notification = recipients.notification
        listened_to = bool(self._events.listeners)
        if listened_to and recipients.held_back_count:
            self._events.emit(NotificationFiltered(now, notification.source, recipients))
        prepared: dict[tuple[str, Notification], DeliverFn] = {}
        for subscription in recipients.takers:
            seen = notification if views is None else views.of(subscription.principal)
            if seen is None:
                outcome = _DENIED
            else:
                key = subscription.protocol, seen
                deliver = prepared.get(key)
                if deliver is None:
                    deliver = prepared[key] = self._prepare(*key)
                outcome = deliver(subscription, now)
            if outcome.reason is not None:
                self._fail(notification, subscription, outcome, now)
            elif listened_to and outcome is not UNDER_WAY:
                attempt = DeliveryAttempt(notification, subscription.protocol, subscription.endpoint, outcome)
                self._events.emit(NotificationDelivered(now, subscription.arn, attempt))

    def publish_directly(self, protocol: str, recipient: str, notification: Notification, now: float) -> None:
        """Deliver to one phone number or endpoint."""
        if self._events.listeners:
            self._events.emit(NotificationPublished(now, notification.source, notification))
        outcome = self._direct[protocol].send(notification, recipient, now)
        if outcome.event is not None:
            self.publish_application_event(outcome.event, now)
        if self._events.listeners:
            self._record(notification.source, DeliveryAttempt(notification, None, recipient, outcome), now)

    def publish_application_event(self, event: ApplicationEvent, now: float) -> None:
        """Publish an event to the topic that its application names for it, if that exists and is no FIFO topic."""
        topic = None if event.topic_arn is None else self._store.find_topic(event.topic_arn)
        if topic is not None and not topic.is_fifo:
            self.publish(topic, event.notification(topic, self._ids.uuid(), now), now)

    def send_confirmation(self, confirmation: Confirmation, subscription: Subscription, now: float) -> None:
        """Send an endpoint what its owner confirms a subscription with, or takes back its end."""
        remote = self._remote.get(subscription.protocol)
        if remote is not None:
            self._send(Delivery(confirmation, subscription, remote), now)
            return
        outcome = self._confirming[subscription.protocol].confirm(confirmation, subscription, now)
        if self._events.listeners:
            self._record(
                subscription.arn,
                DeliveryAttempt(confirmation, subscription.protocol, subscription.endpoint, outcome),
                now,
            )

    def open(self) -> None:
        """Start the deliveries that take time; needs a running event loop."""
        self._scheduler.open()

    async def finish(self, seconds: float) -> None:
        """Wait for the attempts under way to end, for no more real time than that."""
        await self._scheduler.finish(seconds)

    async def close(self) -> None:
        """End the deliveries that take time, and drop what is not done."""
        await self._scheduler.close()
        for transport in dict.fromkeys(self._remote.values()):
            await transport.close()

    def drop(self, account: str | None = None) -> None:
        """Forget the deliveries that are not done, all or those of one account."""
        self._scheduler.drop(account)

    @property
    def is_busy(self) -> bool:
        """Whether attempts are under way that `settle` would wait for."""
        return self._scheduler.is_busy

    async def settle(self) -> None:
        """Wait for the attempts under way to end."""
        await self._scheduler.settle()

    def _prepare(self, protocol: str, notification: Notification) -> DeliverFn:
        remote = self._remote.get(protocol)
        if remote is None:
            return self._transports[protocol].prepare(notification)

        def post(subscription: Subscription, now: float) -> Outcome:
            self._send(Delivery(notification, subscription, remote), now)
            return UNDER_WAY

        return post

    def _send(self, delivery: Delivery, now: float) -> None:
        self._scheduler.send(delivery, now)
        self._events.mark_dirty(delivery.subscription.arn, delivery)

    def deliveries(self) -> list[Delivery]:
        """The deliveries that are not done."""
        return self._scheduler.deliveries()

    def resume(
        self, sent: Notification | Confirmation, subscription: Subscription, attempts: int, due: float
    ) -> Delivery | None:
        """Go on with a delivery that has been attempted so often, at `due`; None if it no longer takes time."""
        remote = self._remote.get(subscription.protocol)
        if remote is None:
            return None
        delivery = Delivery(sent, subscription, remote, attempts)
        self._scheduler.resume(delivery, due)
        return delivery

    async def _attempt(self, delivery: Delivery) -> Outcome:
        if isinstance(delivery.sent, Notification) and not self._stands(delivery.subscription):
            return _ENDED
        return await delivery.transport.deliver(delivery.sent, delivery.subscription)

    def _conclude(self, delivery: Delivery, attempt: DeliveryAttempt, now: float) -> None:
        """Decide what follows from an attempt of a delivery that takes time."""
        delay = self._delay(delivery, attempt.outcome)
        if delay is not None:
            if self._events.listeners:
                postponed = msgspec.structs.replace(attempt, retry_at=now + delay)
                self._events.emit(NotificationPostponed(now, delivery.subscription.arn, postponed))
            self._scheduler.send_later(delivery, now + delay)
            self._events.mark_dirty(delivery.subscription.arn, delivery)
            return
        delivery.due = None
        self._events.mark_dirty(delivery.subscription.arn, delivery)
        if self._events.listeners:
            self._record(delivery.subscription.arn, attempt, now)
        failed = attempt.outcome.reason is not None and attempt.outcome is not _ENDED
        if failed and isinstance(delivery.sent, Notification):
            self._dead_letter(delivery.sent, delivery.subscription, now)

    def _delay(self, delivery: Delivery, outcome: Outcome) -> float | None:
        """How long to wait before the next attempt, None when there is to be none. Jitter only shortens it."""
        if not outcome.retryable:
            return None
        delay = delivery.transport.retries(delivery.subscription, outcome).delay(delivery.attempts)
        return delay and delay * (1 - self._jitter * self._ids.chance())

    def _stands(self, subscription: Subscription) -> bool:
        return self._store.find_subscription(subscription.arn) is subscription

    def _record(self, arn: Arn, attempt: DeliveryAttempt, now: float) -> None:
        kind: type[Event] = NotificationDelivered if attempt.outcome.reason is None else NotificationFailed
        self._events.emit(kind(now, arn, attempt))

    def _fail(self, notification: Notification, subscription: Subscription, outcome: Outcome, now: float) -> None:
        """Record and dead-letter a notification that a subscription does not get."""
        if outcome.event is not None:
            self.publish_application_event(outcome.event, now)
        if self._events.listeners:
            attempt = DeliveryAttempt(notification, subscription.protocol, subscription.endpoint, outcome)
            self._events.emit(NotificationFailed(now, subscription.arn, attempt))
        self._dead_letter(notification, subscription, now)

    def _dead_letter(self, notification: Notification, subscription: Subscription, now: float) -> None:
        target = dead_letter_target(subscription)
        if target is None:
            return
        outcome = self._dead_letters.dead_letter(notification, subscription, target, now)
        if self._events.listeners:
            kind = NotificationDeadLettered if outcome.reason is None else NotificationFailed
            self._events.emit(
                kind(now, subscription.arn, DeliveryAttempt(notification, subscription.protocol, str(target), outcome))
            )
