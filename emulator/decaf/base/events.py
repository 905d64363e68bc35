"""The events of Decaf, and the changes of its state, with those who listen to them.

Rule: the domain emits each event once; the durable store, the history and assertions listen. Without a listener an
event is not even made: `if events.listeners:` stands before each `emit`. A change of the state that comes with no event
is marked with `mark_dirty`, and its kind: each file that has such state defines the kind of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from decaf.base.arn import Arn

K = TypeVar("K")
R = TypeVar("R")

Listener = Callable[["Event"], None]
StateListener = Callable[["StateKind[Any]", Any], None]


class Event(msgspec.Struct, gc=False):  # gc=False: listeners do not keep it
    """An event at `at` (epoch seconds) that happened to `arn`: a queue, a topic, a subscription, or the target of a
    direct publish.

    `subject` is the message, notification or the like that it happened to. Listeners read it at once and do not keep
    it: it goes on changing.
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


class DelayChanged(Event):
    """A new delay of a FIFO queue changed when a message becomes visible."""


class MessageDeleted(Event):
    """A message was deleted by a consumer."""


class MessageSurvived(Event):
    """A message was deleted by a consumer, but a copy of it on another server was not: it will be received again."""

    # Of queues in the realistic profile alone.


class MessageExpired(Event):
    """A message was dropped because it was older than its queue's retention period."""


class MessageDeadLettered(Event):
    """A message left a queue for its dead-letter queue."""


class TopicCreated(Event):
    """A topic was created."""


class TopicDeleted(Event):
    """A topic was deleted, with all its subscriptions."""


class SubscriptionCreated(Event):
    """A subscription was made, and may still have to be confirmed. It is the subject."""


class SubscriptionConfirmed(Event):
    """A subscription was confirmed by its endpoint's owner. The subject is the subscription."""


class SubscriptionDeleted(Event):
    """A subscription ended. The subject is the subscription."""


class NotificationPublished(Event):
    """A message was published to a topic, an endpoint or a phone number. The subject is the notification.

    Where it was published to a topic, the subject is its recipients, which have it, and those it was filtered out for.
    """


class NotificationDelivered(Event):
    """A notification, or a request to confirm, reached a subscriber. The subject is the attempt."""

    # One event for those subscriptions of a topic that get it within Publish: the subject, the deliveries, has them.


class NotificationPostponed(Event):
    """A delivery failed, and will be tried again. The subject is the attempt, with why."""


class NotificationFailed(Event):
    """A notification, or a request to confirm, could not be delivered. The subject is the last attempt, with why."""


class NotificationFiltered(Event):
    """A subscription did not get a notification, by its filter policy or because it is paused after a replay."""

    # Emitted where a notification is replayed to a subscription. The subject, the recipients, has the reason. Those of
    # what is published are in NotificationPublished, and the history makes such events of them.


class NotificationDeadLettered(Event):
    """An undeliverable notification went to a dead-letter queue. The subject is the attempt to send it there."""


class FunctionInvoked(Event):
    """A function was invoked. The subject is the invocation, which has no result yet."""


class FunctionSucceeded(Event):
    """A function returned a result. The subject is the invocation."""


class FunctionFailed(Event):
    """A function failed, or could not be invoked. The subject is the invocation, with why."""


class SensitiveDataFound(Event):
    """An audit found sensitive data in a published message. The subject is the report."""


class SensitiveDataNotSearched(Event):
    """What was published to a topic was not searched for some of what its data protection policy names."""

    # The subject says for which identifiers: those of AWS that cannot be recognised here.


class MappingCreated(Event):
    """A queue was mapped to a function. The subject is the mapping."""


class MappingUpdated(Event):
    """A mapping of a queue to a function was changed. The subject is the mapping."""


class MappingDeleted(Event):
    """A mapping of a queue to a function was deleted. The subject is the mapping."""


class BatchProcessed(Event):
    """A function processed messages of a queue that is mapped to it: they are deleted. The subject is the report."""


class BatchFailed(Event):
    """Messages of a batch stay: the function failed, or was not invoked. The subject is the report."""


class MessageFiltered(Event):
    """A message matched no filter of a mapping, and was deleted. The subject is the report."""


class MessageMoved(Event):
    """A message left a dead-letter queue by a message move task; it is sent to another as a new one."""


class FaultInjected(Event):
    """An injected fault made a call or a delivery go wrong. The subject is the hit."""


class AccessWouldBeDenied(Event):
    """AWS would have denied a call, or a delivery of SNS, that was let through here. The subject is the denial."""


class StateKind(Generic[K]):
    """A kind of state, such as queues or subscriptions; `K` is the type of the key that names one piece of it."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


def on(kind: StateKind[K], function: Callable[[K], R]) -> tuple[StateKind[Any], Callable[[Any], R]]:
    """Returns an entry of a table of functions by kind of state: the function takes the kind's keys."""
    return kind, function


class Events:
    """The listeners. They are called in the order in which they came, within the call that causes the event."""

    __slots__ = ("listeners", "state_listeners")

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.state_listeners: list[StateListener] = []

    def emit(self, event: Event) -> None:
        """Call all listeners with an event."""
        for listener in self.listeners:
            listener(event)

    def mark_dirty(self, kind: StateKind[K], key: K) -> None:
        """Call all state listeners: the state of this kind and key has changed, and no event says so."""
        for listener in self.state_listeners:
            listener(kind, key)
