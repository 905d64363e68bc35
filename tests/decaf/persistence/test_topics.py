"""Topics, subscriptions, replays and archives have all their facts in their records."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.arn import Arn
from decaf.base.deduplication import DeduplicationKey, Original
from decaf.persistence import topics
from decaf.sns.archive import Archive, Replay, ReplayStatus
from decaf.sns.data_protection import read_policy
from decaf.sns.fifo_deduplication import FifoDeduplication
from decaf.sns.notification import Notification
from decaf.sns.topic import Subscription, Topic
from tests.decaf.persistence.fields import defaults, fields, through_json
from tests.decaf.sns.cloud import ACCOUNT, REGION, START, Cloud

ARN = Arn("sns", REGION, ACCOUNT, "orders.fifo")
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:kitchen"


@pytest.fixture
def topic() -> Topic:
    """A FIFO topic with an archive, tags and a data protection policy."""
    cloud = Cloud()
    cloud.topic("orders.fifo", FifoTopic="true", ArchivePolicy='{"MessageRetentionPeriod":"1"}', DisplayName="Café")
    protection = {
        "Name": "cards",
        "Version": "2021-06-01",
        "Statement": [
            {
                "DataDirection": "Inbound",
                "Principal": ["*"],
                "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/CreditCardNumber"],
                "Operation": {"Deny": {}},
            }
        ],
    }
    cloud.sns("TagResource", ResourceArn=str(ARN), Tags=[{"Key": "team", "Value": "bar"}])
    (made,) = cloud.world.topics()
    made.data_protection = read_policy(json.dumps(protection))
    made.deleted_count = 4
    assert made.deduplication is not None
    assert made.archive is not None
    made.deduplication.count = 9
    made.archive.first = 3
    return made


def _subscription(topic: Topic, **more: Any) -> Subscription:
    given: dict[str, Any] = {
        "arn": Arn("sns", REGION, ACCOUNT, "orders.fifo:1"),
        "topic_arn": topic.arn,
        "protocol": "sqs",
        "endpoint": QUEUE,
        "target": Arn("sqs", REGION, ACCOUNT, "kitchen"),
        "owner": "222222222222",
        "attributes": {"RawMessageDelivery": True},
        "token": "token",
        "token_expires_at": START + 10,
        "pending": True,
        "authenticated": True,
        "dropped_at": START + 20,
        "guarded": True,
    }
    return Subscription(**(given | more))


def test_a_topic_is_read_as_it_was_written_with_those_that_ended(topic: Topic) -> None:
    topic.ended["token"] = _subscription(topic)
    record = through_json(topics.write_topic(topic))
    read = topics.read_topic(record, 5)
    others = ("data_protection", "deduplication", "archive", "ended")
    assert fields(read, *others) == fields(topic, *others)
    assert read.data_protection is not None
    assert topic.data_protection is not None
    assert read.data_protection.document == topic.data_protection.document
    assert isinstance(read.deduplication, FifoDeduplication)
    assert read.archive is not None
    assert (read.deduplication.count, read.archive.first, read.archive.since) == (9, 3, START + 5)
    (ended,) = read.ended.values()
    assert (list(read.ended), ended.token_expires_at) == (["token"], START + 15)
    assert defaults(record) == []


def test_a_topic_that_has_none_of_it_has_none_from_then_on_either() -> None:
    cloud = Cloud()
    cloud.topic()
    (plain,) = cloud.world.topics()
    record = through_json(topics.write_topic(plain))
    assert fields(topics.read_topic(record, 5)) == fields(plain)
    assert defaults(record) == [
        "tags",
        "data_protection",
        "taken_count",
        "archive",
        "deleted_count",
        "ended",
    ]


def test_a_subscription_is_read_as_it_was_written(topic: Topic) -> None:
    assert topic.archive is not None
    replay = Replay(topic.archive, START, START + 1, ReplayStatus.IN_PROGRESS, START + 2)
    replay.position = 7
    subscription = _subscription(topic, replay=replay)
    record = through_json(topics.write_subscription(subscription))
    read = topics.read_subscription(record, topic, 5)
    assert fields(read, "attributes", "replay") == fields(subscription, "attributes", "replay") | {
        "token_expires_at": START + 15,
        "dropped_at": START + 25,
    }
    assert read.attributes["RawMessageDelivery"] is True
    assert fields(read.replay) == fields(replay) | {"start": START + 5, "end": START + 6, "due": START + 7}
    assert defaults(record) == []
    assert record.replay is not None
    assert defaults(record.replay) == []


def test_a_replay_without_an_end_that_is_not_due_has_neither_from_then_on(topic: Topic) -> None:
    assert topic.archive is not None
    subscription = _subscription(topic, replay=Replay(topic.archive, START, None))
    read = topics.read_subscription(through_json(topics.write_subscription(subscription)), topic, 5)
    assert read.replay is not None
    assert (read.replay.end, read.replay.due, read.replay.status) == (None, 0.0, ReplayStatus.PENDING)
    assert read.replay.archive is topic.archive


def test_a_replay_that_failed_has_lost_its_archive(topic: Topic) -> None:
    replay = Replay(Archive(START), START, None, ReplayStatus.FAILED)
    topic.archive = None
    record = topics.write_subscription(_subscription(topic, replay=replay))
    read = topics.read_subscription(record, topic, 5)
    assert read.replay is not None
    assert (read.replay.status, len(read.replay.archive), read.replay.archive.since) == (ReplayStatus.FAILED, 0, 0)


def test_what_a_topic_has_taken_is_read_as_it_was_written(topic: Topic) -> None:
    assert topic.deduplication is not None
    topic.deduplication.accepted.note(Original(START, DeduplicationKey("bar", "1"), b"sixteen bytes of", 2))
    other = topics.read_topic(topics.write_topic(topic), 0)
    for record in topics.write_taken(topic):
        assert record.owner == str(ARN)
        topics.read_taken(other, through_json(record), 5)
    assert other.deduplication is not None
    assert list(other.deduplication.accepted.noted()) == [
        Original(START + 5, DeduplicationKey("bar", "1"), b"sixteen bytes of", 2)
    ]


def test_an_archive_is_read_message_by_message(topic: Topic) -> None:
    assert topic.archive is not None
    topic.archive.add(Notification("id", ARN, "latte", START, "http://decaf.test", subject="Order"))
    assert topics.write_archived(topic, 2) is topics.write_archived(topic, 4) is None
    record = topics.write_archived(topic, 3)
    assert record is not None
    other = topics.read_topic(topics.write_topic(topic), 0)
    topics.read_archived(other, through_json(record), 5)
    assert (record.topic_arn, record.number) == (str(ARN), 3)
    assert other.archive is not None
    read = other.archive.at(3)
    assert read is not None
    assert (read.message, read.subject, read.at) == ("latte", "Order", START + 5)
    topic.archive = None
    assert topics.write_archived(topic, 3) is None


def test_a_topic_that_is_not_fifo_has_taken_nothing() -> None:
    cloud = Cloud()
    cloud.topic()
    assert list(topics.write_taken(cloud.world.topics()[0])) == []
