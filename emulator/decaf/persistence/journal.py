"""The journal: hears what changes, and gives it as batches to be written.

Rule: what is noted at a change is only that a thing changed; what it is then is read when the batch is taken, so that
a thing that changes often, or comes and goes, between two commits is written once or not at all. Between two calls
everything is whole, and so is each batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from decaf.api.sns.service import Sns
from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn
from decaf.base.deduplication import REMEMBERED_FOR
from decaf.base.events import (
    Event,
    MessageDeadLettered,
    MessageDeleted,
    MessageExpired,
    MessageMoved,
    MessageReceived,
    MessageReturned,
    MessageSent,
    NotificationDelivered,
    NotificationPublished,
    QueueCreated,
    QueueDeleted,
    QueuePurged,
    SubscriptionConfirmed,
    SubscriptionCreated,
    SubscriptionDeleted,
    TopicCreated,
    TopicDeleted,
    VisibilityChanged,
)
from decaf.delivery.scheduler import Delivery
from decaf.persistence import accounts, notifications, queues, topics
from decaf.persistence.batch import Batch, Document, Remembered, key_of
from decaf.persistence.records import ClockRecord, SentRecord
from decaf.sns.archive import Archive
from decaf.sns.notification import Notification
from decaf.sns.topic import Topic
from decaf.sns.topic_attributes import dedups_by_group
from decaf.sqs.fifo import FifoQueue
from decaf.sqs.message import Message
from decaf.sqs.queue import Queue
from decaf.store import Region

_OF_MESSAGES = frozenset(
    {
        MessageDeadLettered,
        MessageDeleted,
        MessageExpired,
        MessageReceived,
        MessageReturned,
        VisibilityChanged,
    }
)


class Journal:
    """What changed since the last batch was taken. `wake()` is called when there is something for the first time."""

    def __init__(self, sqs: Sqs, sns: Sns, wake: Callable[[], None]) -> None:
        self._sqs = sqs
        self._sns = sns
        self._store = sqs.store
        self._wake = wake
        self._numbers: dict[Arn, int] = {}  # of queues that have been written
        self._next_number = 1
        self._delivery_keys: dict[Delivery, int] = {}  # of deliveries that have been written
        self._next_delivery = 1
        self._archived: dict[Arn, tuple[Archive, int]] = {}  # archives, and the number up to which they are written
        self._inbox_count, self._inbox_weeded = self._store.inbox.count, self._store.inbox.removals  # as it was written
        self._clock: ClockRecord | None = None  # as it was written
        self._swept_at = 0.0
        self._start_anew()
        self._acts: dict[type[Event], Callable[[Any], None]] = {
            MessageMoved: self._moved,
            QueueCreated: self._of_thing,
            QueueDeleted: self._queue_deleted,
            QueuePurged: self._queue_purged,
            TopicCreated: self._of_thing,
            TopicDeleted: self._topic_deleted,
            SubscriptionCreated: self._of_thing,
            SubscriptionConfirmed: self._of_subscription,
            SubscriptionDeleted: self._of_subscription,
            NotificationPublished: self._published,
            NotificationDelivered: self._delivered,
        }

    def _start_anew(self) -> None:
        self._batch = Batch()
        self._messages: dict[Message, Arn] = {}
        self._new: set[Message] = set()  # among them, those that have never been written
        self._things: dict[Arn, None] = {}
        self._attempts: dict[tuple[Arn, str], None] = {}
        self._deliveries: dict[Delivery, None] = {}
        self._dirty = False

    def attach(self) -> None:
        """Begin to hear."""
        self._sqs.events.listeners.append(self.hear)
        self._sqs.events.state_listeners.append(self.note)

    def detach(self) -> None:
        """Hear nothing more, and forget what was heard since the last batch."""
        if self.hear in self._sqs.events.listeners:
            self._sqs.events.listeners.remove(self.hear)
            self._sqs.events.state_listeners.remove(self.note)
        self._start_anew()
        self._clock = None  # it may not have been written

    def hear(self, event: Event) -> None:
        """Note what an event says has changed."""
        kind = type(event)
        if kind is MessageSent:
            message: Message = event.subject
            self._messages[message] = event.arn
            self._new.add(message)
        elif kind in _OF_MESSAGES:
            self._messages[event.subject] = event.arn
        else:
            act = self._acts.get(kind)
            if act is None:
                return
            act(event)
        if not self._dirty:
            self._dirty = True
            self._wake()

    def note(self, arn: Arn, subject: Any) -> None:
        """Note that what `arn` names, or `subject` there, has changed."""
        if isinstance(subject, Message):
            self._messages[subject] = arn
            self._new.add(subject)
        elif isinstance(subject, Delivery):
            self._deliveries[subject] = None
        elif isinstance(subject, str):
            self._attempts[arn, subject] = None
        else:
            self._things[arn] = None
        if not self._dirty:
            self._dirty = True
            self._wake()

    def clock_changed(self) -> None:
        """Note that the clock may have been moved, stopped or set going."""
        if not self._dirty and self._clock_record() is not None:
            self._dirty = True
            self._wake()

    def forget(self, account: str | None) -> None:
        """Note that an account, or everybody, is about to lose all that it has."""
        keeps = [arn for arn in self._numbers if account not in (None, arn.account)]
        self._numbers = {arn: self._numbers[arn] for arn in keeps}
        self._archived = {arn: kept for arn, kept in self._archived.items() if account not in (None, arn.account)}
        for delivery in [each for each in self._delivery_keys if account is None or each.belongs_to(account)]:
            self._batch.documents.append(Document("delivery", str(self._delivery_keys.pop(delivery)), "", None))
        if account is None:
            self._start_anew()
        else:
            self._forget_notes(account)
            for region in self._store.regions():
                if region.account == account:
                    self._note_subscriptions_elsewhere(region)
        self._batch.forgotten.append(account)
        self._dirty = True
        self._wake()

    def _forget_notes(self, account: str) -> None:
        self._messages = {message: arn for message, arn in self._messages.items() if arn.account != account}
        self._new.intersection_update(self._messages)
        self._things = {arn: None for arn in self._things if arn.account != account}
        self._attempts = {key: None for key in self._attempts if key[0].account != account}
        self._deliveries = {delivery: None for delivery in self._deliveries if not delivery.belongs_to(account)}
        self._batch.remembered = [each for each in self._batch.remembered if each.account != account]

    def _note_subscriptions_elsewhere(self, region: Region) -> None:
        """An account's subscriptions end with it, those to others' topics, too."""
        for subscription in region.subscriptions.values():
            if subscription.topic_arn.account != region.account:
                self._things[subscription.arn] = self._things[subscription.topic_arn] = None

    def forget_inbox(self, account: str | None) -> None:
        """Note that the inbox has nothing of an account, or of anybody, any more."""
        self._batch.inbox_cleared.append(account)
        self._dirty = True
        self._wake()

    def note_all(self, account: str | None) -> None:
        """Note everything that an account, or everybody, has, as new."""
        self._inbox_count = 0
        for region in self._store.regions():
            if account in (None, region.account):
                self._note_region(region)
        for delivery in self._sns.courier.deliveries():
            if account is None or delivery.belongs_to(account):
                self._deliveries[delivery] = None
        self._dirty = True
        self._wake()

    def written(self, numbers: dict[Arn, int], deliveries: dict[int, Delivery | None]) -> None:
        """Take as written all that there is, with the numbers of queues there, and the deliveries by their keys.

        Deliveries that nobody waits for any more are None, and will be written as done.
        """
        self._numbers, self._next_number = numbers, max(numbers.values(), default=0) + 1
        self._delivery_keys = {delivery: key for key, delivery in deliveries.items() if delivery is not None}
        self._next_delivery = max(deliveries, default=0) + 1
        self._inbox_count = self._store.inbox.count
        gone = [key for key, delivery in deliveries.items() if delivery is None]
        self._batch.documents += [Document("delivery", str(key), "", None) for key in gone]
        self._archived = {
            topic.arn: (topic.archive, topic.archive.numbers().stop)
            for region in self._store.regions()
            for topic in region.topics.values()
            if topic.archive is not None
        }

    def take(self) -> Batch | None:
        """What changed since the last time, None if nothing did."""
        if not self._dirty:
            return None
        batch = self._batch
        now = self._sqs.clock.now()
        self._take_messages(batch)
        for arn in self._things:
            batch.documents.append(self._document(arn, batch))
        for delivery in self._deliveries:
            batch.documents.append(self._delivery(delivery))
        self._take_attempts(batch)
        self._take_inbox(batch)
        clock = self._clock_record()
        if clock is not None:
            self._clock = clock
            batch.documents.append(Document("clock", "", "", clock))
        if now >= self._swept_at + REMEMBERED_FOR:
            self._swept_at = now
            batch.ended = now - REMEMBERED_FOR
        self._start_anew()
        return batch

    def _take_messages(self, batch: Batch) -> None:
        found: dict[Arn, tuple[Queue | None, int]] = {}
        new = self._new
        for message, arn in self._messages.items():
            known = found.get(arn)
            if known is None:
                known = found[arn] = (self._sqs.queue_at(arn), self._number(arn))
            queue, number = known
            key = key_of(number, message.number)
            if queue is not None and queue.messages.get(message.number) is message:
                if message in new:
                    batch.inserted.append(_inserted(key, message))
                else:
                    batch.updated.append(_updated(key, message))
            else:
                if message not in new:
                    batch.deleted.append((key,))
                if queue is not None and not _has_later(queue, message):
                    self._things[arn] = None
            if message in new and message.deduplication_id is not None and isinstance(queue, FifoQueue):
                self._remember_sent(batch, queue, message)

    def _remember_sent(self, batch: Batch, queue: FifoQueue, message: Message) -> None:
        assert message.deduplication_id is not None
        key = (message.group_id if queue.dedups_by_group else None, message.deduplication_id)
        at = queue.sent.noted_at(key)
        if at is not None:
            record = queues.write_first(queue.arn, key, (message.id, message.sequence_number), at)
            batch.remembered.append(_of_record(queue.arn, record))

    def _take_attempts(self, batch: Batch) -> None:
        for arn, attempt_id in self._attempts:
            queue = self._sqs.queue_at(arn)
            if not isinstance(queue, FifoQueue):
                continue
            at = queue.attempts.noted_at(attempt_id)
            attempt = None if at is None else queue.attempts.find(attempt_id, at)
            if at is not None and attempt is not None:
                record = queues.write_attempt(queue, attempt_id, attempt, at)
                batch.remembered.append(Remembered("attempt", str(arn), attempt_id, arn.account, at, record))

    def _take_inbox(self, batch: Batch) -> None:
        inbox = self._store.inbox
        batch.inbox_weeded = inbox.removals != self._inbox_weeded
        since = 0 if batch.inbox_weeded else self._inbox_count
        batch.inbox = [(number, notifications.write_entry(entry)) for number, entry in inbox.since(since)]
        batch.inbox_size = inbox.size
        self._inbox_count, self._inbox_weeded = inbox.count, inbox.removals

    def _document(self, arn: Arn, batch: Batch) -> Document:
        """The record of what `arn` names, as it is now."""
        if not arn.resource:
            region = self._store.region(arn.account, arn.region)
            return Document("region", f"{arn.account}/{arn.region}", arn.account, accounts.write_region(region))
        if arn.service == "sqs":
            return self._queue_document(arn)
        kind = "topic"
        if arn.resource.startswith("app/"):
            kind = "application"
        elif arn.resource.startswith("endpoint/"):
            kind = "endpoint"
        elif ":" in arn.resource:
            kind = "subscription"
        return Document(kind, str(arn), arn.account, getattr(self, f"_{kind}")(arn, batch))

    def _queue_document(self, arn: Arn) -> Document:
        queue = self._sqs.queue_at(arn)
        if queue is None:
            return Document("queue", str(arn), arn.account, None)
        tasks = self._store.region(arn.account, arn.region).move_tasks.get(queue.name, ())
        return Document("queue", str(arn), arn.account, queues.write_queue(queue, tasks), self._number(arn))

    def _topic(self, arn: Arn, batch: Batch) -> Any:
        topic = self._store.find_topic(arn)
        if topic is None:
            return None
        self._take_archive(topic, batch)
        return topics.write_topic(topic)

    def _subscription(self, arn: Arn, _: Batch) -> Any:
        subscription = self._store.find_subscription(arn)
        return None if subscription is None else topics.write_subscription(subscription)

    def _application(self, arn: Arn, _: Batch) -> Any:
        application = self._store.find_application(arn)
        return None if application is None else accounts.write_application(application)

    def _endpoint(self, arn: Arn, _: Batch) -> Any:
        application, endpoint = self._store.find_application(arn), self._store.find_endpoint(arn)
        return None if application is None or endpoint is None else accounts.write_endpoint(endpoint, application)

    def _take_archive(self, topic: Topic, batch: Batch) -> None:
        """What came into the topic's archive and what left it."""
        archive = topic.archive
        known, up_to = self._archived.get(topic.arn, (None, 0))
        if known is not None and known is not archive:
            batch.trimmed.append((str(topic.arn), 1 << 62))
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

    def _delivery(self, delivery: Delivery) -> Document:
        key = self._delivery_keys.get(delivery)
        if key is None:
            key = self._delivery_keys[delivery] = self._next_delivery
            self._next_delivery += 1
        account = delivery.subscription.topic_arn.account
        record = notifications.write_delivery(delivery)
        if record is None:
            del self._delivery_keys[delivery]
        return Document("delivery", str(key), account, record)

    def _clock_record(self) -> ClockRecord | None:
        """How the clock runs, None if that is written already."""
        clock = self._sqs.clock
        now = ClockRecord(at=clock.now(), moved=clock.moved, frozen=clock.frozen)
        known = self._clock
        if (
            known is None
            or known.frozen != now.frozen
            or (known.at != now.at if now.frozen else known.moved != now.moved)
        ):
            return now
        return None

    def _number(self, arn: Arn) -> int:
        """The number of a queue; one that has none yet is given the next."""
        number = self._numbers.get(arn)
        if number is None:
            number = self._numbers[arn] = self._next_number
            self._next_number += 1
        return number

    def _note_region(self, region: Region) -> None:
        self._things[region.queue_arn("")] = None
        for queue in region.queues.values():
            self._things[queue.arn] = None
            for message in queue.messages.values():
                self._messages[message] = queue.arn
                self._new.add(message)
            if isinstance(queue, FifoQueue):
                for record in queues.write_sent(queue):
                    self._batch.remembered.append(_of_record(queue.arn, record))
                for attempt_id, _, _ in queue.attempts.noted():
                    self._attempts[queue.arn, attempt_id] = None
        for topic in region.topics.values():
            self._things[topic.arn] = None
            for record in topics.write_taken(topic):
                self._batch.remembered.append(_of_record(topic.arn, record))
            for subscription in topic.subscriptions:
                self._things[subscription] = None
        for application in region.platform_applications.values():
            self._things[application.arn] = None
            for endpoint in application.endpoints:
                self._things[endpoint] = None

    def _of_thing(self, event: Event) -> None:
        self._things[event.arn] = None

    def _of_subscription(self, event: Event) -> None:
        """A topic counts the subscriptions that it had, and remembers those that can be brought back."""
        self._things[event.subject.topic_arn] = None
        self._things[event.arn] = None

    def _moved(self, event: Event) -> None:
        """A move task counts what it has moved."""
        self._messages[event.subject] = event.arn
        self._things[event.arn] = None

    def _queue_purged(self, event: Event) -> None:
        self._empty(event.arn)
        self._things[event.arn] = None

    def _queue_deleted(self, event: Event) -> None:
        self._empty(event.arn)
        self._numbers.pop(event.arn, None)
        self._things[event.arn] = None

    def _empty(self, arn: Arn) -> None:
        number = self._numbers.get(arn)
        if number is not None:
            self._batch.emptied.append(number)
        self._messages = {message: of for message, of in self._messages.items() if of != arn}
        self._leave_behind(arn)

    def _topic_deleted(self, event: Event) -> None:
        self._archived.pop(event.arn, None)
        self._leave_behind(event.arn)
        self._things[event.arn] = None

    def _leave_behind(self, arn: Arn) -> None:
        """What it remembered is of no use any more."""
        owner = str(arn)
        self._batch.remembered = [each for each in self._batch.remembered if each.owner != owner]
        self._batch.left_behind.append(owner)

    def _delivered(self, event: Event) -> None:
        """It may be in the inbox."""

    def _published(self, event: Event) -> None:
        """A FIFO topic remembers what it has taken, and may archive it."""
        notification: Notification = event.subject
        topic = self._store.find_topic(notification.source) if notification.sequence_number else None
        if topic is None or topic.deduplication is None:
            return
        self._things[topic.arn] = None
        key = (notification.group_id if dedups_by_group(topic) else None, notification.deduplication_id)
        at = topic.deduplication.accepted.noted_at(key)
        if at is not None:
            record = queues.write_first(topic.arn, key, (notification.message_id, notification.sequence_number), at)
            self._batch.remembered.append(_of_record(topic.arn, record))


def _has_later(queue: Queue, message: Message) -> bool:
    """Whether a message is in the queue that was sent later. Its number says how many were sent, as the queue's record
    does, which is written anew only where no message says it.
    """
    return bool(queue.messages) and next(reversed(queue.messages)) > message.number


def _of_record(owner: Arn, record: SentRecord) -> Remembered:
    key = f"{record.deduplication_id} {record.group or ''}"
    return Remembered("sent", record.owner, key, owner.account, record.at, record)


def _inserted(key: int, message: Message) -> Any:
    return (
        key,
        message.state,
        message.due,
        message.receive_count,
        message.received_before,
        message.first_received_at,
        message.received_at,
        message.id,
        message.sent_at,
        message.sender_id,
        message.content,
        queues.optional_fields_of(message),
    )


def _updated(key: int, message: Message) -> Any:
    return (
        message.state,
        message.due,
        message.receive_count,
        message.first_received_at,
        message.received_at,
        key,
    )
