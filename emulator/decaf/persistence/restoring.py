"""Putting a snapshot into a store.

Rule: queues with all their messages, and topics with their subscriptions, are made first, in slices and before anything
is changed; then all is put in one moment into a store that is empty for it. Nobody is answered in that moment: what is
many by then is in the maps that the store has. A restore shifts times, so that a message
with twenty seconds left has twenty seconds left again; a durable store goes on with the times as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TypeVar

from decaf.api.sns.replaying import start_replay
from decaf.api.sns.service import Sns
from decaf.api.sns.subscriptions import await_confirmation
from decaf.api.sqs.changing import LONGEST_DELETION, delete_later
from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn
from decaf.base.slices import at_once, each
from decaf.delivery.delivery import Delivery
from decaf.persistence import accounts, functions, notifications, queues, topics
from decaf.persistence.queues import arn_of
from decaf.persistence.records import (
    DeliveryRecord,
    QueueRecord,
    Record,
    ServiceMessageRecord,
    SubscriptionRecord,
    TopicRecord,
)
from decaf.persistence.renaming import renamed_parts, renaming
from decaf.persistence.snapshot import BadSnapshot, Snapshot
from decaf.persistence.snapshot_file import Part, parts_of
from decaf.sns.inbox import Entry
from decaf.sns.topic import Subscription, Topic
from decaf.sqs.fifo import FifoQueue
from decaf.sqs.message import Message
from decaf.sqs.queue import Queue
from decaf.store import Region

_READ = 1_000  # records that one slice reads
_MADE = 100  # queues that one slice makes

Made = dict[str, Queue]  # by ARN
_Place = tuple[str, str]  # account and region
R = TypeVar("R", bound=Record)


@dataclass(slots=True)
class Prepared:
    """A snapshot, and what was made of it, which is in no store yet; `shift` (seconds) is to be added to all times.

    `topics` are by ARN, and have their subscriptions; `apart` are subscriptions to topics of other accounts, which are
    in the store. `to_resume` are the subscriptions that wait for a confirmation, or get a replay.
    """

    snapshot: Snapshot
    shift: float
    queues: Made = field(default_factory=dict)
    placed: dict[_Place, dict[str, Queue]] = field(default_factory=lambda: defaultdict(dict))  # the same, by name
    topics: dict[str, Topic] = field(default_factory=dict)
    subscriptions: dict[_Place, dict[Arn, Subscription]] = field(default_factory=lambda: defaultdict(dict))
    apart: list[Subscription] = field(default_factory=list)
    to_resume: list[Subscription] = field(default_factory=list)
    inbox: list[Entry] = field(default_factory=list)

    @property
    def messages(self) -> int:
        """The number of messages."""
        return sum(len(queue.messages) for queue in self.queues.values())

    def give_up(self) -> None:
        """Let the queues count for nothing."""
        for queue in self.queues.values():
            queue.close()


def prepare(
    sqs: Sqs,
    snapshot: Snapshot,
    parts: Iterable[Part],
    into: str | None,
    trial: Callable[[Snapshot], Iterator[None]] | None,
) -> Generator[None, None, Prepared]:
    """Make all that a snapshot has, to be restored now, with the messages in `parts`, in slices.

    `trial` returns the slices of a trial with the snapshot, which comes first. Raises BadSnapshot when it raises
    anything, or something cannot be made; ValueError for a snapshot of all accounts `into` one.
    """
    wanted = snapshot if into is None else (yield from renaming(snapshot, into))
    shift = sqs.clock.now() - wanted.clock.at
    wanted_parts = parts if into is None else renamed_parts(parts, snapshot, into)
    try:
        if trial is not None:
            yield from trial(wanted)
        return (yield from make(sqs, wanted, read_parts(wanted_parts, shift), shift))
    except BadSnapshot:
        raise
    except Exception as error:
        raise BadSnapshot(f"this snapshot cannot be restored: {type(error).__name__}: {error}") from error


def put(sqs: Sqs, sns: Sns, snapshot: Snapshot, shift: float) -> None:
    """Put a snapshot into an empty store, at once; `shift` (seconds) is added to all times."""
    put_with(sqs, sns, at_once(make(sqs, snapshot, read_parts(parts_of(snapshot), shift), shift)))


def read_parts(parts: Iterable[Part], shift: float) -> Iterator[tuple[str, list[Message]]]:
    """Yields the messages of each part, by their queue's ARN."""
    for arn, records in parts:
        yield arn, [queues.read_message(record, shift) for record in records]


def make(
    sqs: Sqs, snapshot: Snapshot, parts: Iterable[tuple[str, list[Message]]], shift: float
) -> Generator[None, None, Prepared]:
    """Make what a snapshot has, in slices, and return it; it is in no store yet.

    `parts` are the messages by their queue's ARN, those of one queue together. Raises ValueError when they are not.
    """
    prepared = Prepared(snapshot, shift)
    try:
        yield from _make_queues(prepared, sqs, parts)
        yield from _make_topics(prepared, sqs)
        yield from each(
            snapshot.inbox, lambda record: prepared.inbox.append(notifications.read_entry(record, shift)), _READ
        )
    except BaseException:
        prepared.give_up()
        raise
    return prepared


def _make_queues(prepared: Prepared, sqs: Sqs, parts: Iterable[tuple[str, list[Message]]]) -> Iterator[None]:
    snapshot, shift, made = prepared.snapshot, prepared.shift, prepared.queues
    records = {record.arn: record for record in snapshot.queues}

    def read(record: QueueRecord) -> None:
        queue = made[record.arn] = queues.read_queue(sqs, record, shift)
        queue.sent_count, queue.receives = record.sent_count, record.receives
        prepared.placed[queue.arn.account, queue.arn.region][queue.name] = queue

    yield from each(records.values(), read, _MADE)
    for arn, of_queue in groupby(parts, itemgetter(0)):
        queue = made.get(arn)
        if queue is None or queue.messages:
            raise ValueError(f"there are messages of {arn}, but no queue, or messages of others between them")
        order = snapshot.orders.get(arn)
        yield from queue.restoring(
            (messages for _, messages in of_queue),
            records[arn].sent_count,
            None if order is None else queues.read_order(order, shift),
        )
    fifo = {arn: queue for arn, queue in made.items() if isinstance(queue, FifoQueue)}
    sent = (record for record in _by_time(snapshot.sent) if record.owner in fifo)
    yield from each(sent, lambda record: queues.read_sent(fifo[record.owner], record, shift), _READ)
    attempts = (record for record in _by_time(snapshot.attempts) if record.owner in fifo)
    yield from each(attempts, lambda record: queues.read_attempt(fifo[record.owner], record, shift), _READ)


def _make_topics(prepared: Prepared, sqs: Sqs) -> Iterator[None]:
    """Make topics, with what they remember and their archives, and subscriptions, also to topics of others."""
    snapshot, shift, made = prepared.snapshot, prepared.shift, prepared.topics

    def read(record: TopicRecord) -> None:
        made[record.arn] = topics.read_topic(record, shift)

    def read_subscription(record: SubscriptionRecord) -> None:
        topic = made.get(record.topic_arn)
        of = topic or sqs.store.find_topic(arn_of(record.topic_arn))
        if of is None:
            return
        subscription = topics.read_subscription(record, of, shift)
        if topic is None:
            prepared.apart.append(subscription)
        elif (subscription.protocol, subscription.endpoint) in topic.by_endpoint:
            return
        else:
            topic.add(subscription)
            prepared.subscriptions[subscription.owner, topic.arn.region][subscription.arn] = subscription
        if subscription.pending or subscription.replay is not None:
            prepared.to_resume.append(subscription)

    yield from each(snapshot.topics, read, _READ)
    archiving = {arn for arn, topic in made.items() if topic.archive is not None}
    archived = (record for record in sorted(snapshot.archived, key=_number) if record.topic_arn in archiving)
    yield from each(archived, lambda record: topics.read_archived(made[record.topic_arn], record, shift), _READ)
    taken = (record for record in _by_time(snapshot.sent) if record.owner in made)
    yield from each(taken, lambda record: topics.read_taken(made[record.owner], record, shift), _READ)
    yield from each(snapshot.subscriptions, read_subscription, _READ)


def put_with(sqs: Sqs, sns: Sns, prepared: Prepared) -> list[Delivery | None]:
    """As `put`. Returns the deliveries of the snapshot, None for each whose subscriber is gone."""
    store, snapshot, shift = sqs.store, prepared.snapshot, prepared.shift
    for region in snapshot.regions:
        accounts.read_region(region, store.region(region.account, region.name), shift)
    for place, placed in prepared.placed.items():
        store.region(*place).queues.update(placed)
    for topic in prepared.topics.values():
        _region(sqs, topic.arn).topics[topic.arn.resource] = topic
    for place, owned in prepared.subscriptions.items():
        store.region(*place).subscriptions.update(owned)
    for subscription in prepared.apart:
        of_topic = store.find_topic(subscription.topic_arn)
        if of_topic is not None and (subscription.protocol, subscription.endpoint) not in of_topic.by_endpoint:
            store.add_subscription(of_topic, subscription)
    for application in snapshot.applications:
        read = accounts.read_application(application)
        _region(sqs, read.arn).platform_applications[read.arn.resource.partition("/")[2]] = read
    for record_of_endpoint in snapshot.endpoints:
        of = store.find_application(arn_of(record_of_endpoint.application_arn))
        if of is not None:
            of.add(accounts.read_endpoint(record_of_endpoint))
    for function in snapshot.functions:
        store.functions.register(functions.read_function(function, shift))
    for accepted in sorted(snapshot.accepted, key=lambda accepted: accepted.accepted_at):
        store.accepted[functions.read_accepted(accepted, shift)] = None
    for record in snapshot.mappings:
        mapping = accounts.read_mapping(record, shift)
        store.region(mapping.account, mapping.queue.region).mappings[mapping.uuid] = mapping
    for entry in prepared.inbox:
        store.inbox.put(entry)
    _resume_work(sqs, sns, prepared)
    return [_resume(sns, delivery, shift) for delivery in snapshot.deliveries]


def _region(sqs: Sqs, arn: Arn) -> Region:
    return sqs.store.region(arn.account, arn.region)


def _by_time(records: Iterable[R]) -> list[R]:
    return sorted(records, key=attrgetter("at"))


_number = attrgetter("number")


def _resume_work(sqs: Sqs, sns: Sns, prepared: Prepared) -> None:
    """Start again the move tasks, confirmations, replays and deletions of queues that were under way."""
    for record in prepared.snapshot.queues:
        if record.move_tasks:
            queue = prepared.queues[record.arn]
            tasks = [queues.read_task(sqs, queue, task, prepared.shift) for task in record.move_tasks]
            _region(sqs, queue.arn).move_tasks[queue.name] = tasks
    for place, placed in prepared.placed.items():
        region = sqs.store.region(*place)
        for name, deleted_at in region.deleted_queues.items():
            if name in placed:
                delete_later(sqs, placed[name], deleted_at + LONGEST_DELETION)
    for subscription in prepared.to_resume:
        if sns.store.find_subscription(subscription.arn) is not subscription:
            continue
        if subscription.pending:
            await_confirmation(sns, subscription)
        elif subscription.replay is not None and subscription.replay.running:
            start_replay(sns, subscription, subscription.replay.due)


def _resume(sns: Sns, delivery: DeliveryRecord, shift: float) -> Delivery | None:
    if isinstance(delivery.sent, ServiceMessageRecord):
        message = notifications.read_service_message(delivery.sent)
        return sns.courier.resume_message(message, delivery.attempts, delivery.due + shift)
    subscriber = None if delivery.subscription_arn is None else _subscriber(sns, arn_of(delivery.subscription_arn))
    if subscriber is None:
        return None
    sent = notifications.read_sendable(delivery.sent, shift)
    queue = None if delivery.dead_letter_queue is None else arn_of(delivery.dead_letter_queue)
    return sns.courier.resume(sent, subscriber, delivery.attempts, delivery.due + shift, queue)


def _subscriber(sns: Sns, arn: Arn) -> Subscription | None:
    """Returns the subscription of that ARN, or an ended one that can still be brought back."""
    subscription = sns.store.find_subscription(arn)
    topic = sns.store.find_topic(Arn(arn.service, arn.region, arn.account, arn.resource.partition(":")[0]))
    if subscription is None and topic is not None:
        return next((each for each in topic.ended.values() if each.arn == arn), None)
    return subscription
