"""What moves, counted: how often each kind of event happened to each queue, topic and subscription since the last look.

Rule: an event costs an onlooker one entry in a dictionary, whatever it is about. What an event says is read from the
history, when somebody wants to see it.
"""

from __future__ import annotations

from collections import Counter

from decaf.base.arn import Arn
from decaf.base.events import (
    Event,
    MappingCreated,
    MappingDeleted,
    MappingUpdated,
    NotificationFiltered,
    QueueCreated,
    QueueDeleted,
    SubscriptionConfirmed,
    SubscriptionCreated,
    SubscriptionDeleted,
    TopicCreated,
    TopicDeleted,
)
from decaf.sns.outcome import Deliveries
from decaf.sns.recipients import Recipients

MOST_FILTERED = 100  # subscriptions of one notification that are counted one by one

_OF_RESOURCES = frozenset(
    {
        QueueCreated,
        QueueDeleted,
        TopicCreated,
        TopicDeleted,
        SubscriptionCreated,
        SubscriptionConfirmed,
        SubscriptionDeleted,
        MappingCreated,
        MappingUpdated,
        MappingDeleted,
    }
)


class Flow:
    """The moves in one account, or in all, since the last `take()`.

    `resources_changed` is whether a queue, topic, subscription or mapping was made, changed or deleted.
    """

    __slots__ = ("_account", "moves", "resources_changed")

    def __init__(self, account: str | None = None) -> None:
        self._account = account
        self.moves: Counter[tuple[type[Event], Arn]] = Counter()
        self.resources_changed = False

    def note(self, event: Event) -> bool:
        """Count an event. Returns whether it happened in this account."""
        if self._account not in (None, event.arn.account):
            return False
        kind, subject = type(event), event.subject
        if type(subject) is Deliveries:
            for subscription in subject.subscriptions:
                self.moves[kind, subscription.arn] += 1
            return True
        if kind is not NotificationFiltered:
            self.moves[kind, event.arn] += 1
        if kind in _OF_RESOURCES:
            self.resources_changed = True
        if type(subject) is Recipients:
            self._count_filtered(subject)
        return True

    def take(self) -> tuple[Counter[tuple[type[Event], Arn]], bool]:
        """Returns the moves, and whether resources changed; both begin anew."""
        taken = self.moves, self.resources_changed
        self.moves, self.resources_changed = Counter(), False
        return taken

    def _count_filtered(self, recipients: Recipients) -> None:
        if recipients.filtered_out_count:
            self.moves[NotificationFiltered, recipients.notification.source] += 1
            if recipients.filtered_out_count <= MOST_FILTERED:
                for subscription in recipients.others():
                    self.moves[NotificationFiltered, subscription.arn] += 1
