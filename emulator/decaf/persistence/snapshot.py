"""Snapshots: the state of both services in one value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Literal

import msgspec

from decaf.api.sns.service import Sns
from decaf.api.sqs.service import Sqs
from decaf.persistence import accounts, functions, notifications, queues, topics
from decaf.persistence.records import (
    AcceptedRecord,
    ApplicationRecord,
    ArchivedRecord,
    AttemptRecord,
    ClockRecord,
    DeliveryRecord,
    EndpointRecord,
    FunctionRecord,
    InboxRecord,
    MappingRecord,
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

VERSION = 2
BACKUP = b"SQLite format 3\0"  # the first bytes of a copy of a data directory, which can be restored, too


class BadSnapshot(ValueError):
    """The file is no snapshot, or one of a later version; the text has the reason."""


class Rest(Record, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All state but the messages, or a part of it. Lists are in the order of creation.

    `orders` have the order in which messages are received, by their queue's ARN.
    """

    queues: tuple[QueueRecord, ...] = ()
    sent: tuple[SentRecord, ...] = ()
    attempts: tuple[AttemptRecord, ...] = ()
    topics: tuple[TopicRecord, ...] = ()
    subscriptions: tuple[SubscriptionRecord, ...] = ()
    archived: tuple[ArchivedRecord, ...] = ()
    deliveries: tuple[DeliveryRecord, ...] = ()
    applications: tuple[ApplicationRecord, ...] = ()
    endpoints: tuple[EndpointRecord, ...] = ()
    functions: tuple[FunctionRecord, ...] = ()
    accepted: tuple[AcceptedRecord, ...] = ()
    mappings: tuple[MappingRecord, ...] = ()
    regions: tuple[RegionRecord, ...] = ()
    inbox: tuple[InboxRecord, ...] = ()
    orders: dict[str, OrderRecord] = msgspec.field(default_factory=dict)


class Snapshot(Rest, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The state of all accounts, or of one `account`.

    `messages` are by their queue's ARN, in the order of their numbers.
    """

    format: Literal["decaf-snapshot"]
    version: int
    clock: ClockRecord
    account: str | None = None
    messages: dict[str, tuple[MessageRecord, ...]] = msgspec.field(default_factory=dict)


Parts = Mapping[str, Iterable[Any]]  # what fields of Rest have; of `orders`, the items


def take(sqs: Sqs, sns: Sns, account: str | None = None) -> Snapshot:
    """Returns the present state, of all accounts or of one."""
    with_messages = [queue for queue in queues_of(sqs, account) if queue.messages]
    return msgspec.structs.replace(
        with_parts(take_head(sqs, account), take_rest(sqs, sns, account)),
        messages={str(queue.arn): tuple(map(queues.write_message, queue.messages.values())) for queue in with_messages},
        orders={str(queue.arn): queues.write_order(queue)() for queue in with_messages},
    )


def queues_of(sqs: Sqs, account: str | None) -> list[Queue]:
    """Returns the queues of all accounts or of one, in the order of creation."""
    regions = [region for region in sqs.store.regions() if account in (None, region.account)]
    return [queue for region in regions for queue in region.queues.values()]


def with_parts(snapshot: Snapshot, parts: Parts) -> Snapshot:
    """Returns a snapshot with these parts."""
    changes = {name: dict(part) if name == "orders" else tuple(part) for name, part in parts.items()}
    return msgspec.structs.replace(snapshot, **changes)


def take_head(sqs: Sqs, account: str | None = None) -> Snapshot:
    """Returns the snapshot of an account, or of all, with nothing but the time."""
    clock = sqs.clock
    return Snapshot(
        format="decaf-snapshot",
        version=VERSION,
        account=account,
        clock=ClockRecord(at=clock.now(), moved=clock.moved, frozen=clock.frozen),
    )


def take_rest(sqs: Sqs, sns: Sns, account: str | None = None) -> Parts:
    """Returns the present state without the messages and their orders.

    The records of what does not change any more are made as they are read, for there may be very many.
    """
    regions = [region for region in sqs.store.regions() if account in (None, region.account)]
    all_queues = queues_of(sqs, account)
    all_topics = [topic for region in regions for topic in region.topics.values()]
    applications = [each for region in regions for each in region.platform_applications.values()]
    fifo = [queue for queue in all_queues if isinstance(queue, FifoQueue)]
    return {
        "queues": [
            queues.write_queue(queue, region.move_tasks.get(queue.name, ()))
            for region in regions
            for queue in region.queues.values()
        ],
        "sent": chain(*map(queues.write_sent, fifo), *map(topics.write_taken, all_topics)),
        "attempts": chain(*map(queues.write_attempts, fifo)),
        "topics": [topics.write_topic(topic) for topic in all_topics],
        "subscriptions": [topics.write_subscription(each) for each in _subscriptions(regions, all_topics, account)],
        "archived": chain(*map(topics.write_archive, all_topics)),
        "deliveries": [
            written
            for delivery in sorted(sns.courier.deliveries(), key=lambda delivery: delivery.due or 0)
            if account is None or delivery.belongs_to(account)
            if (written := notifications.write_delivery(delivery)) is not None
        ],
        "applications": [accounts.write_application(application) for application in applications],
        "endpoints": [
            accounts.write_endpoint(endpoint, application)
            for application in applications
            for endpoint in application.endpoints.values()
        ],
        "functions": [functions.write_function(function) for function in sqs.store.functions.kept(account)],
        "accepted": [
            accepted
            for event in sqs.store.accepted
            if account in (None, event.account)
            if (accepted := functions.write_accepted(event)) is not None
        ],
        "mappings": [accounts.write_mapping(each) for region in regions for each in region.mappings.values()],
        "regions": [accounts.write_region(region) for region in regions],
        "inbox": map(notifications.write_entry, sqs.store.inbox.find(account=account)),
    }


def _subscriptions(regions: list[Region], all_topics: list[Topic], account: str | None) -> Iterator[Subscription]:
    """Yields the subscriptions that accounts own, then those of other accounts to the topics of `account`."""
    for region in regions:
        yield from region.subscriptions.values()
    for topic in all_topics if account is not None else ():
        yield from (each for each in topic.subscriptions.values() if each.owner != account)
