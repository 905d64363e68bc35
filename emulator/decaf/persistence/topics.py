"""Topics, their subscriptions and their archives, as records and back."""

from __future__ import annotations

from collections.abc import Iterator

from decaf.base.arn import read_arn
from decaf.base.attributes import apply, write_all
from decaf.persistence.notifications import read_notification, write_notification
from decaf.persistence.queues import arn_of, read_original, write_noted
from decaf.persistence.records import (
    ArchivedRecord,
    ArchiveRecord,
    ReplayRecord,
    SentRecord,
    SubscriptionRecord,
    TopicRecord,
)
from decaf.sns import subscription_attributes, topic_attributes
from decaf.sns.archive import Archive, Replay, ReplayStatus
from decaf.sns.attribute import read_all
from decaf.sns.data_protection import read_policy
from decaf.sns.fifo_deduplication import FifoDeduplication
from decaf.sns.notification import Notification
from decaf.sns.topic import Subscription, Topic


def write_topic(topic: Topic) -> TopicRecord:
    archive = topic.archive
    return TopicRecord(
        arn=str(topic.arn),
        attributes=write_all(topic_attributes.AT_CREATION, topic.attributes),
        tags=dict(topic.tags),
        data_protection=None if topic.data_protection is None else topic.data_protection.document,
        taken_count=None if topic.deduplication is None else topic.deduplication.count,
        archive=None if archive is None else ArchiveRecord(since=archive.since, first=archive.first),
        deleted_count=topic.deleted_count,
        ended=tuple(map(write_subscription, topic.ended.values())),
    )


def read_topic(record: TopicRecord, shift: float) -> Topic:
    """Returns the topic, without its subscriptions. `shift` (seconds) is added to all times, here and below."""
    topic = Topic(arn_of(record.arn), {}, dict(record.tags), deleted_count=record.deleted_count)
    apply(topic.attributes, read_all(topic_attributes.AT_CREATION, record.attributes))
    if record.data_protection is not None:
        topic.data_protection = read_policy(record.data_protection)
    if record.taken_count is not None:
        topic.deduplication = FifoDeduplication(topic.arn)
        topic.deduplication.count = record.taken_count
    if record.archive is not None:
        topic.archive = Archive(record.archive.since + shift, record.archive.first)
    for ended in record.ended:
        subscription = read_subscription(ended, topic, shift)
        topic.ended[subscription.token] = subscription
    return topic


def write_subscription(subscription: Subscription) -> SubscriptionRecord:
    return SubscriptionRecord(
        arn=str(subscription.arn),
        topic_arn=str(subscription.topic_arn),
        protocol=subscription.protocol,
        endpoint=subscription.endpoint,
        owner=subscription.owner,
        attributes=subscription_attributes.write(subscription.attributes),
        token=subscription.token,
        token_expires_at=subscription.token_expires_at,
        pending=subscription.pending,
        authenticated=subscription.authenticated,
        guarded=subscription.guarded,
        dropped_at=subscription.dropped_at,
        replay=None if subscription.replay is None else _write_replay(subscription.replay),
    )


def read_subscription(record: SubscriptionRecord, topic: Topic, shift: float) -> Subscription:
    subscription = Subscription(
        arn=arn_of(record.arn),
        topic_arn=topic.arn,
        protocol=record.protocol,
        endpoint=record.endpoint,
        target=read_arn(record.endpoint),
        owner=record.owner,
        attributes={},
        token=record.token,
        token_expires_at=record.token_expires_at + shift,
        pending=record.pending,
        authenticated=record.authenticated,
        dropped_at=record.dropped_at + shift,
        guarded=record.guarded,
    )
    apply(subscription.attributes, subscription_attributes.read_written(record.attributes))
    if record.replay is not None:
        subscription.replay = _read_replay(record.replay, topic, shift)
    return subscription


def _write_replay(replay: Replay) -> ReplayRecord:
    return ReplayRecord(
        start=replay.start, end=replay.end, position=replay.position, status=replay.status.value, due=replay.due
    )


def _read_replay(record: ReplayRecord, topic: Topic, shift: float) -> Replay:
    """Returns the replay; one that failed has lost its archive."""
    end = None if record.end is None else record.end + shift
    archive = Archive(0) if topic.archive is None else topic.archive
    replay = Replay(archive, record.start + shift, end)
    replay.position = record.position
    replay.status = ReplayStatus(record.status)
    replay.due = record.due + shift if record.due else 0.0
    return replay


def write_taken(topic: Topic) -> Iterator[SentRecord]:
    """Returns the messages that a FIFO topic now remembers to find duplicates; records are made as they are read."""
    return write_noted(topic.arn, () if topic.deduplication is None else topic.deduplication.accepted.noted())


def read_taken(topic: Topic, record: SentRecord, shift: float) -> None:
    assert topic.deduplication is not None
    topic.deduplication.accepted.note(read_original(record, shift))


def write_archived(topic: Topic, number: int) -> ArchivedRecord | None:
    """Returns the message of that number in the topic's archive, None if there is none."""
    notification = None if topic.archive is None else topic.archive.at(number)
    return None if notification is None else _archived(topic, number, notification)


def write_archive(topic: Topic) -> Iterator[ArchivedRecord]:
    """Returns the messages that are now in the topic's archive, as `write_taken`."""
    entries = [] if topic.archive is None else topic.archive.entries()
    return (_archived(topic, number, notification) for number, notification in entries)


def _archived(topic: Topic, number: int, notification: Notification) -> ArchivedRecord:
    return ArchivedRecord(topic_arn=str(topic.arn), number=number, notification=write_notification(notification))


def read_archived(topic: Topic, record: ArchivedRecord, shift: float) -> None:
    """Put a message in the topic's archive; they come in the order of their numbers."""
    assert topic.archive is not None
    topic.archive.add(read_notification(record.notification, shift))
