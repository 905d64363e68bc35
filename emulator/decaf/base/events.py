"""What can happen in Decaf, and who is told.

Rule: the domain says once what happened; stores, histories and assertions listen. With nobody listening an
event is not even made: `if events.listeners:` stands before each `tell`. What only whoever keeps the state needs to
know, and is nobody's news, is said by `changed`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from decaf.base.arn import Arn

Listener = Callable[["Event"], None]
Keeper = Callable[[Arn, Any], None]


class Event(msgspec.Struct):
    """Something that happened at `at` (epoch seconds) to `arn`: a queue, a topic, a subscription,
    or what was published to directly.

    `subject` is what it happened to there (a message, a notification), to be read at once and not kept:
    it goes on changing.
    """

    at: float
    arn: Arn
    subject: Any = None


class QueueCreated(Event):
    """A queue was created."""


class QueueDeleted(Event):
    """A queue was deleted, with all its messages."""


class QueuePurged(Event):
    """All messages of a queue were dropped."""


class MessageSent(Event):
    """A message was sent to a queue."""


class MessageReceived(Event):
    """A message was received, and is in flight."""


class MessageReturned(Event):
    """A message in flight became visible again."""


class VisibilityChanged(Event):
    """A consumer changed how long a message stays in flight."""


class MessageDeleted(Event):
    """A message was deleted by a consumer."""


class MessageExpired(Event):
    """A message was dropped because it was older than its queue's retention period."""


class MessageDeadLettered(Event):
    """A message left a queue for its dead-letter queue."""


class TopicCreated(Event):
    """A topic was created."""


class TopicDeleted(Event):
    """A topic was deleted, with all its subscriptions."""


class SubscriptionCreated(Event):
    """Something was subscribed to a topic, and may still have to be confirmed. The subject is the subscription."""


class SubscriptionConfirmed(Event):
    """A subscription was confirmed by its endpoint's owner. The subject is the subscription."""


class SubscriptionDeleted(Event):
    """A subscription ended. The subject is the subscription."""


class NotificationPublished(Event):
    """A message was published to a topic, an endpoint or a phone number. The subject is the notification."""


class NotificationDelivered(Event):
    """A notification, or a request to confirm, reached a subscriber. The subject is the attempt."""


class NotificationPostponed(Event):
    """A delivery failed, and will be tried again. The subject is the attempt, with why."""


class NotificationFailed(Event):
    """A notification, or a request to confirm, could not be delivered. The subject is the last attempt, with why."""


class NotificationFiltered(Event):
    """A notification was none for a subscription, by its filter policy or because it is paused after a replay."""

    # It is told once for all subscriptions of a topic that it was none for: the subject, a sieve, says which, and why.


class NotificationDeadLettered(Event):
    """What could not be delivered went to a dead-letter queue. The subject is the attempt at that."""


class SensitiveDataFound(Event):
    """An audit found sensitive data in what was published to a topic. The subject is the report."""


class MessageMoved(Event):
    """A message left a dead-letter queue by a message move task; it is sent to another as a new one."""


class FaultInjected(Event):
    """A fault that was asked for made a call or a delivery go wrong. The subject says which, and what it struck at."""


class Events:
    """The listeners. They are called in the order in which they came, within the call that made it happen."""

    __slots__ = ("listeners", "state_listeners")

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.state_listeners: list[Keeper] = []

    def emit(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)

    def mark_dirty(self, arn: Arn, subject: Any = None) -> None:
        """Say that the state of what `arn` names is another now, in a way that no event tells of.

        An ARN with the empty resource names what an account has in a region besides. `subject` is the part that
        changed, where that is not the thing as a whole: a message, a delivery, a receive attempt's id.
        """
        for keeper in self.state_listeners:
            keeper(arn, subject)
