"""The changes of topics: their archives, the messages that FIFO topics remember, their subscriptions, themselves."""

from __future__ import annotations

from decaf.base.arn import Arn
from decaf.base.deduplication import DeduplicationKey
from decaf.base.events import (
    Event,
    NotificationPublished,
    SubscriptionConfirmed,
    SubscriptionCreated,
    SubscriptionDeleted,
    TopicCreated,
    TopicDeleted,
    on,
)
from decaf.persistence import queues, topics
from decaf.persistence.batch import Batch, Document, Remembered, Restored, remembered_send
from decaf.persistence.changes import EventTable, KindTable
from decaf.sns.archive import Archive
from decaf.sns.notification import Notification
from decaf.sns.recipients import Recipients
from decaf.sns.topic import SUBSCRIPTION_STATE, TOPIC_STATE, Subscription, Topic
from decaf.sns.topic_attributes import dedups_by_group
from decaf.store import Region, Store

_ALL = 1 << 62  # more than any number of a message in an archive


class TopicChanges:
    """The topics and subscriptions that changed. Archives are written from where they ended in the last batch."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._archived: dict[Arn, tuple[Archive, int]] = {}  # archives, and the number up to which they are written
        self.start_anew()
        self.by_event: EventTable = {
            TopicCreated: self._topic_changed,
            TopicDeleted: self._topic_deleted,
            SubscriptionCreated: self._subscription_changed,
            SubscriptionConfirmed: self._subscription_of_topic_changed,
            SubscriptionDeleted: self._subscription_of_topic_changed,
            NotificationPublished: self._published,
        }
        self.by_kind: KindTable = dict(
            (on(TOPIC_STATE, self._note_topic), on(SUBSCRIPTION_STATE, self._note_subscription))
        )

    def start_anew(self) -> None:
        self._topics: dict[Arn, None] = {}
        self._subscriptions: dict[Arn, None] = {}
        self._remembered: list[Remembered] = []
        self._restored: dict[Arn, Restored] = {}
        self._cleared_owners: list[str] = []  # ARNs of topics whose memory and archive were dropped

    def written(self) -> None:
        """Take all topics and subscriptions as written."""
        self._archived = {
            topic.arn: (topic.archive, topic.archive.numbers().stop)
            for region in self._store.regions()
            for topic in region.topics.values()
            if topic.archive is not None
        }

    def reset(self, account: str | None) -> None:
        self._archived = {arn: kept for arn, kept in self._archived.items() if account not in (None, arn.account)}
        self._topics = {arn: None for arn in self._topics if account not in (None, arn.account)}
        self._subscriptions = {arn: None for arn in self._subscriptions if account not in (None, arn.account)}
        self._remembered = [each for each in self._remembered if account not in (None, each.account)]
        self._restored = {arn: each for arn, each in self._restored.items() if account not in (None, arn.account)}
        for region in self._store.regions():
            if region.account == account:
                self._note_subscriptions_to_others(region)

    def _note_subscriptions_to_others(self, region: Region) -> None:
        """An account's subscriptions end with it, also those to topics of other accounts."""
        for subscription in region.subscriptions.values():
            if subscription.topic_arn.account != region.account:
                self._subscriptions[subscription.arn] = self._topics[subscription.topic_arn] = None

    def note_region(self, region: Region) -> None:
        for topic in region.topics.values():
            self._topics[topic.arn] = None
            if topic.deduplication is not None:
                self._restored[topic.arn] = Restored(topic.arn, topic.deduplication.accepted.noted())
            for arn in topic.subscriptions:
                self._subscriptions[arn] = None

    def _topic_changed(self, event: Event) -> None:
        self._topics[event.arn] = None

    def _topic_deleted(self, event: Event) -> None:
        owner = str(event.arn)
        self._archived.pop(event.arn, None)
        self._remembered = [each for each in self._remembered if each.owner != owner]
        self._restored.pop(event.arn, None)
        self._cleared_owners.append(owner)
        self._topics[event.arn] = None

    def _subscription_changed(self, event: Event) -> None:
        self._subscriptions[event.arn] = None

    def _subscription_of_topic_changed(self, event: Event) -> None:
        """A topic counts the subscriptions that it had, and remembers those that can be brought back."""
        self._topics[event.subject.topic_arn] = None
        self._subscriptions[event.arn] = None

    def _published(self, event: Event) -> None:
        """A FIFO topic remembers the messages published to it, and may archive them."""
        subject: Notification | Recipients = event.subject
        notification = subject.notification if isinstance(subject, Recipients) else subject
        topic = self._store.find_topic(notification.source) if notification.sequence_number else None
        if topic is None or topic.deduplication is None:
            return
        self._topics[topic.arn] = None
        key = DeduplicationKey(notification.group_id if dedups_by_group(topic) else None, notification.deduplication_id)
        original = topic.deduplication.accepted.noted_as(key)
        if original is not None:
            record = queues.write_original(topic.arn, original)
            self._remembered.append(remembered_send(topic.arn, record))

    def _note_topic(self, topic: Topic) -> None:
        self._topics[topic.arn] = None

    def _note_subscription(self, subscription: Subscription) -> None:
        self._subscriptions[subscription.arn] = None

    def take(self, batch: Batch) -> None:
        batch.cleared_owners += self._cleared_owners
        batch.restored += self._restored.values()
        batch.remembered += self._remembered
        for arn in self._topics:
            topic = self._store.find_topic(arn)
            if topic is not None:
                self._take_archive(topic, batch)
            batch.documents.append(
                Document("topic", str(arn), arn.account, None if topic is None else topics.write_topic(topic))
            )
        for arn in self._subscriptions:
            subscription = self._store.find_subscription(arn)
            record = None if subscription is None else topics.write_subscription(subscription)
            batch.documents.append(Document("subscription", str(arn), arn.account, record))

    def _take_archive(self, topic: Topic, batch: Batch) -> None:
        """Put the messages that came into the topic's archive, and left it, into `batch`."""
        archive = topic.archive
        known, up_to = self._archived.get(topic.arn, (None, 0))
        if known is not None and known is not archive:
            batch.trimmed.append((str(topic.arn), _ALL))
            del self._archived[topic.arn]
        if archive is None:
            return
        numbers = archive.numbers()
        if known is archive:
            batch.trimmed.append((str(topic.arn), numbers.start))
        for number in range(max(numbers.start, up_to if known is archive else 0), numbers.stop):
            record = topics.write_archived(topic, number)
            assert record is not None
            batch.archived.append((str(topic.arn), number, topic.arn.account, record))
        self._archived[topic.arn] = (archive, numbers.stop)
