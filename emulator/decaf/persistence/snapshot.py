"""Snapshots: the state of both services in one value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from decaf.api.sns.service import Sns
from decaf.api.sqs.service import Sqs
from decaf.persistence import accounts, notifications, queues, topics
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


def take(sqs: Sqs, sns: Sns, account: str | None = None) -> Snapshot:
    """Returns the present state, of all accounts or of one."""
    return msgspec.structs.replace(
        take_rest(sqs, sns, account),
        messages={
            str(queue.arn): tuple(map(queues.write_message, queue.messages.values()))
            for queue in queues_of(sqs, account)
            if queue.messages
        },
    )


def queues_of(sqs: Sqs, account: str | None) -> list[Queue]:
    """Returns the queues of all accounts or of one, in the order of creation."""
    regions = [region for region in sqs.store.regions() if account in (None, region.account)]
    return [queue for region in regions for queue in region.queues.values()]


def take_rest(sqs: Sqs, sns: Sns, account: str | None = None) -> Snapshot:
    """Returns the present state without the messages."""
    clock = sqs.clock
    regions = [region for region in sqs.store.regions() if account in (None, region.account)]
    all_queues = queues_of(sqs, account)
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
