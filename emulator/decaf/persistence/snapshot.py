"""Snapshots: the state of both services in one value, taken and put back.

Rule: a snapshot is put into an empty store. A restore shifts its times, so that a message with twenty seconds left has
twenty seconds left again; a durable store goes on with the times as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from decaf.api.sns.replaying import start_replay
from decaf.api.sns.service import Sns
from decaf.api.sns.subscriptions import await_confirmation
from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn
from decaf.delivery.scheduler import Delivery
from decaf.persistence import accounts, notifications, queues, topics
from decaf.persistence.queues import arn_of
from decaf.persistence.records import (
    ApplicationRecord,
    ArchivedRecord,
    AttemptRecord,
    ClockRecord,
    DeliveryRecord,
    EndpointRecord,
    InboxRecord,
    MessageRecord,
    OrderRecord,
    QueueRecord,
    Record,
    RegionRecord,
    SentRecord,
    SubscriptionRecord,
    TopicRecord,
)
from decaf.sns.topic import Subscription, Topic
from decaf.sqs.fifo import FifoQueue
from decaf.sqs.message import Message
from decaf.sqs.queue import Queue
from decaf.store import Region

VERSION = 1
BACKUP = b"SQLite format 3\0"  # the first bytes of a copy of a data directory, which can be restored, too


class BadSnapshot(ValueError):
    """The file is no snapshot, or one of a later version; the text has the reason."""


class Snapshot(Record, frozen=True, forbid_unknown_fields=True):
    """The state of all accounts, or of one `account`. Lists are in the order of creation.

    `messages` are by their queue's ARN, in the order of their numbers; `orders` have the order they are received in.
    """

    format: Literal["decaf-snapshot"]
    version: int
    clock: ClockRecord
    account: str | None = None
    queues: tuple[QueueRecord, ...] = ()
    messages: dict[str, tuple[MessageRecord, ...]] = msgspec.field(default_factory=dict)
    orders: dict[str, OrderRecord] = msgspec.field(default_factory=dict)
    sent: tuple[SentRecord, ...] = ()
    attempts: tuple[AttemptRecord, ...] = ()
    topics: tuple[TopicRecord, ...] = ()
    subscriptions: tuple[SubscriptionRecord, ...] = ()
    archived: tuple[ArchivedRecord, ...] = ()
    deliveries: tuple[DeliveryRecord, ...] = ()
    applications: tuple[ApplicationRecord, ...] = ()
    endpoints: tuple[EndpointRecord, ...] = ()
    regions: tuple[RegionRecord, ...] = ()
    inbox: tuple[InboxRecord, ...] = ()


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0


def encode(snapshot: Snapshot) -> bytes:
    """Returns the snapshot as JSON."""
    return msgspec.json.encode(snapshot)


def decode(text: bytes) -> Snapshot:
    """Returns the snapshot of a JSON text. Raises BadSnapshot."""
    try:
        head = msgspec.json.decode(text, type=_Head)
        if head.format != "decaf-snapshot":
            raise BadSnapshot("this is no snapshot of Decaf's")
        if head.version > VERSION:
            raise BadSnapshot(f"this snapshot is of version {head.version}; this Decaf reads up to {VERSION}")
        return msgspec.json.decode(text, type=Snapshot)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadSnapshot(f"this is no snapshot of Decaf's: {error}") from None


def take(sqs: Sqs, sns: Sns, account: str | None = None) -> Snapshot:
    """Returns the present state, of all accounts or of one."""
    clock = sqs.clock
    regions = [region for region in sqs.store.regions() if account in (None, region.account)]
    all_queues = [queue for region in regions for queue in region.queues.values()]
    all_topics = [topic for region in regions for topic in region.topics.values()]
    applications = [each for region in regions for each in region.platform_applications.values()]
    fifo = [queue for queue in all_queues if isinstance(queue, FifoQueue)]
    return Snapshot(
        format="decaf-snapshot",
        version=VERSION,
        account=account,
        clock=ClockRecord(at=clock.now(), moved=clock.moved, frozen=clock.frozen),
        queues=tuple(
            queues.write_queue(queue, region.move_tasks.get(queue.name, ()))
            for region in regions
            for queue in region.queues.values()
        ),
        messages={
            str(queue.arn): tuple(map(queues.write_message, queue.messages.values()))
            for queue in all_queues
            if queue.messages
        },
        orders={str(queue.arn): queues.write_order(queue) for queue in all_queues if queue.messages},
        sent=tuple(
            [record for queue in fifo for record in queues.write_sent(queue)]
            + [record for topic in all_topics for record in topics.write_taken(topic)]
        ),
        attempts=tuple(record for queue in fifo for record in queues.write_attempts(queue)),
        topics=tuple(map(topics.write_topic, all_topics)),
        subscriptions=tuple(
            topics.write_subscription(subscription) for subscription in _subscriptions(regions, all_topics, account)
        ),
        archived=tuple(
            record
            for topic in all_topics
            if topic.archive is not None
            for number in topic.archive.numbers()
            if (record := topics.write_archived(topic, number)) is not None
        ),
        deliveries=tuple(
            written
            for delivery in sorted(sns.courier.deliveries(), key=lambda delivery: delivery.due or 0)
            if account is None or delivery.belongs_to(account)
            if (written := notifications.write_delivery(delivery)) is not None
        ),
        applications=tuple(map(accounts.write_application, applications)),
        endpoints=tuple(
            accounts.write_endpoint(endpoint, application)
            for application in applications
            for endpoint in application.endpoints.values()
        ),
        regions=tuple(map(accounts.write_region, regions)),
        inbox=tuple(map(notifications.write_entry, sqs.store.inbox.find(account=account))),
    )


def _subscriptions(regions: list[Region], all_topics: list[Topic], account: str | None) -> Iterator[Subscription]:
    """Yields the subscriptions that accounts own, then those of other accounts to the topics of `account`."""
    for region in regions:
        yield from region.subscriptions.values()
    for topic in all_topics if account is not None else ():
        yield from (each for each in topic.subscriptions.values() if each.owner != account)


def put(sqs: Sqs, sns: Sns, snapshot: Snapshot, shift: float) -> None:
    """Put a snapshot into an empty store; `shift` (seconds) is added to all times."""
    messages = {
        arn: [queues.read_message(record, shift) for record in records] for arn, records in snapshot.messages.items()
    }
    put_with(sqs, sns, snapshot, messages, shift)


def put_with(
    sqs: Sqs, sns: Sns, snapshot: Snapshot, messages: Mapping[str, list[Message]], shift: float
) -> list[Delivery | None]:
    """As `put`, with the messages given by their queue's ARN.

    Returns the deliveries of the snapshot, None for each whose subscriber is gone.
    """
    store = sqs.store
    for region in snapshot.regions:
        accounts.read_region(region, store.region(region.account, region.name), shift)
    for record in snapshot.queues:
        queue = queues.read_queue(sqs, record, shift)
        _region(sqs, queue.arn).queues[queue.name] = queue
        record_of_order = snapshot.orders.get(record.arn)
        order = None if record_of_order is None else queues.read_order(record_of_order, shift)
        queue.restore(messages.get(record.arn, []), record.sent_count, order)
    _put_remembered(sqs, snapshot, shift)
    _put_topics(sns, snapshot, shift)
    for application in snapshot.applications:
        made = accounts.read_application(application)
        _region(sqs, made.arn).platform_applications[made.arn.resource.partition("/")[2]] = made
    for record_of_endpoint in snapshot.endpoints:
        of = store.find_application(arn_of(record_of_endpoint.application_arn))
        if of is not None:
            of.add(accounts.read_endpoint(record_of_endpoint))
    for entry in snapshot.inbox:
        store.inbox.put(notifications.read_entry(entry, shift))
    _resume_work(sqs, sns, snapshot, shift)
    return [_resume(sns, delivery, shift) for delivery in snapshot.deliveries]


def _region(sqs: Sqs, arn: Arn) -> Region:
    return sqs.store.region(arn.account, arn.region)


def _queue(sqs: Sqs, arn: str) -> Queue | None:
    return sqs.queue_at(arn_of(arn))


def _put_remembered(sqs: Sqs, snapshot: Snapshot, shift: float) -> None:
    """Restore the sends and receives that FIFO queues remember, in the order of their times."""
    for record in _by_time(snapshot.sent):
        queue = _queue(sqs, record.owner)
        if isinstance(queue, FifoQueue):
            queues.read_sent(queue, record, shift)
    for attempt in sorted(snapshot.attempts, key=lambda attempt: attempt.at):
        queue = _queue(sqs, attempt.owner)
        if isinstance(queue, FifoQueue):
            queues.read_attempt(queue, attempt, shift)


def _by_time(records: Iterable[SentRecord]) -> list[SentRecord]:
    return sorted(records, key=lambda record: record.at)


def _put_topics(sns: Sns, snapshot: Snapshot, shift: float) -> None:
    for record in snapshot.topics:
        topic = topics.read_topic(record, shift)
        sns.store.region(topic.arn.account, topic.arn.region).topics[topic.arn.resource] = topic
    for archived in sorted(snapshot.archived, key=lambda archived: archived.number):
        topic_of = sns.store.find_topic(arn_of(archived.topic_arn))
        if topic_of is not None and topic_of.archive is not None:
            topics.read_archived(topic_of, archived, shift)
    for taken in _by_time(snapshot.sent):
        topic_of = sns.store.find_topic(arn_of(taken.owner)) if arn_of(taken.owner).service == "sns" else None
        if topic_of is not None:
            topics.read_taken(topic_of, taken, shift)
    for subscribed in snapshot.subscriptions:
        topic_of = sns.store.find_topic(arn_of(subscribed.topic_arn))
        if topic_of is not None and (subscribed.protocol, subscribed.endpoint) not in topic_of.by_endpoint:
            sns.store.add_subscription(topic_of, topics.read_subscription(subscribed, topic_of, shift))


def _resume_work(sqs: Sqs, sns: Sns, snapshot: Snapshot, shift: float) -> None:
    """Start again the move tasks, confirmations and replays that were under way."""
    for record in snapshot.queues:
        queue = _queue(sqs, record.arn)
        if queue is not None and record.move_tasks:
            tasks = [queues.read_task(sqs, queue, task, shift) for task in record.move_tasks]
            _region(sqs, queue.arn).move_tasks[queue.name] = tasks
    for subscribed in snapshot.subscriptions:
        subscription = sns.store.find_subscription(arn_of(subscribed.arn))
        if subscription is not None and subscription.pending:
            await_confirmation(sns, subscription)
        elif subscription is not None and subscription.replay is not None and subscription.replay.running:
            start_replay(sns, subscription, subscription.replay.due)


def _resume(sns: Sns, delivery: DeliveryRecord, shift: float) -> Delivery | None:
    subscriber = _subscriber(sns, arn_of(delivery.subscription_arn))
    if subscriber is None:
        return None
    sent = notifications.read_sendable(delivery.sent, shift)
    return sns.courier.resume(sent, subscriber, delivery.attempts, delivery.due + shift)


def _subscriber(sns: Sns, arn: Arn) -> Subscription | None:
    """Returns the subscription of that ARN, or an ended one that can still be brought back."""
    subscription = sns.store.find_subscription(arn)
    topic = sns.store.find_topic(Arn(arn.service, arn.region, arn.account, arn.resource.partition(":")[0]))
    if subscription is None and topic is not None:
        return next((each for each in topic.ended.values() if each.arn == arn), None)
    return subscription
