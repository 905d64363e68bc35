"""The courier: brings what is published to whom it concerns, and sees to what cannot be delivered.

Rule: a transport says how to deliver, and answers with an Outcome; the courier alone decides what follows: what is
recorded, and what goes to a dead-letter queue. Queues and the inbox have what was published when Publish returns.

Source: Amazon SNS Developer Guide, "Message delivery retries" and "Amazon SNS dead-letter queues".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from emulator.arn import Arn
from emulator.events import (
    Event,
    Events,
    NotificationDeadLettered,
    NotificationDelivered,
    NotificationFailed,
    NotificationPublished,
)
from emulator.sns.data_protection import Views
from emulator.sns.notification import Confirmation, Notification
from emulator.sns.outcome import Attempt, Carrier, Outcome
from emulator.sns.subscription_attributes import dead_letter_target
from emulator.sns.topic import Subscription, Topic

_DENIED = Outcome("denied by the topic's data protection policy")


class Transport(Protocol):
    """How one protocol delivers."""

    def carry(self, notification: Notification) -> Carrier:
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

    def bury(self, notification: Notification, subscription: Subscription, target: Arn, now: float) -> Outcome:
        """Put what could not be delivered in the queue `target`, as the subscriber would have got it."""


class Courier:
    """Transports by protocol, and what becomes of what they carry."""

    def __init__(
        self,
        events: Events,
        transports: Mapping[str, Transport],
        confirming: Mapping[str, ConfirmingTransport],
        direct: Mapping[str, DirectTransport],
        dead_letters: DeadLetters,
    ) -> None:
        self._events = events
        self._transports = transports
        self._confirming = confirming
        self._direct = direct
        self._dead_letters = dead_letters

    def publish(self, topic: Topic, notification: Notification, now: float) -> None:
        """Deliver to all confirmed subscriptions of a topic."""
        listened_to = bool(self._events.listeners)
        if listened_to:
            self._events.tell(NotificationPublished(now, topic.arn, notification))
        views = None if topic.data_protection is None else Views(topic.data_protection, notification)
        carriers: dict[tuple[str, Notification], Carrier] = {}
        for subscription in topic.subscriptions.values():
            if subscription.pending:
                continue
            seen = notification if views is None else views.of(subscription)
            outcome = _DENIED if seen is None else self._carrier(carriers, subscription, seen)(subscription, now)
            if listened_to:
                self._record(subscription.arn, Attempt(notification, subscription.endpoint, outcome), now)
            if outcome.reason is not None:
                self._bury(notification, subscription, now)

    def publish_directly(self, protocol: str, recipient: str, notification: Notification, now: float) -> None:
        """Deliver to one phone number or endpoint."""
        if self._events.listeners:
            self._events.tell(NotificationPublished(now, notification.source, notification))
        outcome = self._direct[protocol].send(notification, recipient, now)
        if self._events.listeners:
            self._record(notification.source, Attempt(notification, recipient, outcome), now)

    def ask_to_confirm(self, confirmation: Confirmation, subscription: Subscription, now: float) -> None:
        """Send a pending subscription's endpoint what its owner confirms it with."""
        outcome = self._confirming[subscription.protocol].confirm(confirmation, subscription, now)
        if self._events.listeners:
            self._record(subscription.arn, Attempt(confirmation, subscription.endpoint, outcome), now)

    def _carrier(
        self, carriers: dict[tuple[str, Notification], Carrier], subscription: Subscription, seen: Notification
    ) -> Carrier:
        """What carries `seen` by the subscription's protocol; made once for all who may see the same."""
        carrier = carriers.get((subscription.protocol, seen))
        if carrier is None:
            carrier = carriers[subscription.protocol, seen] = self._transports[subscription.protocol].carry(seen)
        return carrier

    def _record(self, arn: Arn, attempt: Attempt, now: float) -> None:
        kind: type[Event] = NotificationDelivered if attempt.outcome.reason is None else NotificationFailed
        self._events.tell(kind(now, arn, attempt))

    def _bury(self, notification: Notification, subscription: Subscription, now: float) -> None:
        target = dead_letter_target(subscription)
        if target is None:
            return
        outcome = self._dead_letters.bury(notification, subscription, target, now)
        if self._events.listeners:
            kind = NotificationDeadLettered if outcome.reason is None else NotificationFailed
            self._events.tell(kind(now, subscription.arn, Attempt(notification, str(target), outcome)))
