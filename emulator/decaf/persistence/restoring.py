"""Putting a snapshot into a store.

Rule: queues are made first, with all their messages, in slices and before anything is changed; the rest is put in one
moment, into a store that is empty for it. A restore shifts times, so that a message with twenty seconds left has twenty
seconds left again; a durable store goes on with the times as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from decaf.api.sns.replaying import start_replay
from decaf.api.sns.service import Sns
from decaf.api.sns.subscriptions import await_confirmation
from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn
from decaf.base.slices import at_once
from decaf.delivery.scheduler import Delivery
from decaf.persistence import accounts, notifications, queues, topics
from decaf.persistence.queues import arn_of
from decaf.persistence.records import DeliveryRecord, SentRecord
from decaf.persistence.renaming import renamed, renamed_parts
from decaf.persistence.snapshot import BadSnapshot, Snapshot
from decaf.persistence.snapshot_file import Part, parts_of
from decaf.sns.topic import Subscription
from decaf.sqs.fifo import FifoQueue
from decaf.sqs.message import Message
from decaf.sqs.queue import Queue
from decaf.store import Region

_REMEMBERED = 2_000  # sends or receives that one slice restores
_MADE = 100  # queues that one slice makes

Made = dict[str, Queue]  # by ARN


@dataclass(frozen=True, slots=True)
class Prepared:
    """A snapshot, and its queues, which are in no store yet; `shift` (seconds) is to be added to all times."""

    snapshot: Snapshot
    queues: Made
    shift: float

    @property
    def messages(self) -> int:
        """The number of messages."""
        return sum(len(queue.messages) for queue in self.queues.values())

    def give_up(self) -> None:
        """Let the queues count for nothing."""
        for queue in self.queues.values():
            queue.close()


def prepare(
    sqs: Sqs, snapshot: Snapshot, parts: Iterable[Part], into: str | None, trial: Callable[[Snapshot], None] | None
) -> Generator[None, None, Prepared]:
    """Make the queues of a snapshot that is restored now, with the messages in `parts`, in slices.

    `trial` is called with the snapshot first. Raises BadSnapshot when it raises anything, or the queues cannot be made;
    ValueError for a snapshot of all accounts `into` one.
    """
    wanted = snapshot if into is None else renamed(snapshot, into)
    shift = sqs.clock.now() - wanted.clock.at
    wanted_parts = parts if into is None else renamed_parts(parts, snapshot, into)
    try:
        if trial is not None:
            trial(wanted)
        made = yield from make_queues(sqs, wanted, read_parts(wanted_parts, shift), shift)
    except BadSnapshot:
        raise
    except Exception as error:
        raise BadSnapshot(f"this snapshot cannot be restored: {type(error).__name__}: {error}") from error
    return Prepared(wanted, made, shift)


def put(sqs: Sqs, sns: Sns, snapshot: Snapshot, shift: float) -> None:
    """Put a snapshot into an empty store, at once; `shift` (seconds) is added to all times."""
    parts = read_parts(parts_of(snapshot), shift)
    put_with(sqs, sns, Prepared(snapshot, at_once(make_queues(sqs, snapshot, parts, shift)), shift))


def read_parts(parts: Iterable[Part], shift: float) -> Iterator[tuple[str, list[Message]]]:
    """Yields the messages of each part, by their queue's ARN."""
    for arn, records in parts:
        yield arn, [queues.read_message(record, shift) for record in records]


def make_queues(
    sqs: Sqs, snapshot: Snapshot, parts: Iterable[tuple[str, list[Message]]], shift: float
) -> Generator[None, None, Made]:
    """Make the queues of a snapshot, in slices, and return them; they are in no store yet.

    `parts` are their messages by the queue's ARN, those of one queue together. Raises ValueError when they are not.
    """
    made: Made = {}
    try:
        yield from _make_queues(made, sqs, snapshot, parts, shift)
    except BaseException:
        for queue in made.values():
            queue.close()
        raise
    return made


def _make_queues(
    made: Made, sqs: Sqs, snapshot: Snapshot, parts: Iterable[tuple[str, list[Message]]], shift: float
) -> Iterator[None]:
    records = {record.arn: record for record in snapshot.queues}
    for count, (arn, record) in enumerate(records.items()):
        made[arn] = queues.read_queue(sqs, record, shift)
        made[arn].sent_count = record.sent_count
        if count % _MADE == 0:
            yield
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
    yield from _remembering(made, snapshot, shift)


def _remembering(made: Made, snapshot: Snapshot, shift: float) -> Iterator[None]:
    """Restore the sends and receives that FIFO queues remember, in the order of their times."""
    for count, record in enumerate(_by_time(snapshot.sent)):
        queue = made.get(record.owner)
        if isinstance(queue, FifoQueue):
            queues.read_sent(queue, record, shift)
        if count % _REMEMBERED == 0:
            yield
    for attempt in sorted(snapshot.attempts, key=lambda attempt: attempt.at):
        queue = made.get(attempt.owner)
        if isinstance(queue, FifoQueue):
            queues.read_attempt(queue, attempt, shift)


def put_with(sqs: Sqs, sns: Sns, prepared: Prepared) -> list[Delivery | None]:
    """As `put`. Returns the deliveries of the snapshot, None for each whose subscriber is gone."""
    store, snapshot, shift = sqs.store, prepared.snapshot, prepared.shift
    for region in snapshot.regions:
        accounts.read_region(region, store.region(region.account, region.name), shift)
    for queue in prepared.queues.values():
        _region(sqs, queue.arn).queues[queue.name] = queue
    _put_topics(sns, snapshot, shift)
    for application in snapshot.applications:
        read = accounts.read_application(application)
        _region(sqs, read.arn).platform_applications[read.arn.resource.partition("/")[2]] = read
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
