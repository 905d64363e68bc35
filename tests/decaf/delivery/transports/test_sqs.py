"""Deliveries to queues: where there is no room, and what is sent in place of what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.events import Event, NotificationFailed
from decaf.sns.outcome import DELIVERED, Deliveries, Outcome
from tests.decaf.sns.cloud import ACCOUNT, Cloud

OTHER = "222222222222"


def _outcomes(events: list[Event]) -> list[tuple[str | None, bool]]:
    found: list[Outcome] = []
    for event in events:
        if isinstance(event.subject, Deliveries):
            found += [DELIVERED for _ in event.subject.subscriptions]
        elif isinstance(event, NotificationFailed):
            found.append(event.subject.outcome)
    return [(outcome.reason, outcome.retryable) for outcome in found]


@pytest.mark.parametrize("raw", ["true", "false"])
def test_where_the_memory_limit_is_reached_the_delivery_fails(raw: str) -> None:
    cloud = Cloud(memory_limit=5_000)
    topic, queue, dead = cloud.topic(), cloud.queue(), cloud.queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead})
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery=raw, RedrivePolicy=policy)
    events = cloud.listen()
    for text in ("small", "x" * 5_000, "small"):
        cloud.sns("Publish", TopicArn=topic, Message=text)
    full = ("the memory limit of all queues is reached (memory_limit)", True)
    assert _outcomes(events) == [(None, False), full, full, (None, False)]  # the second: in the dead-letter queue
    assert (len(cloud.received(queue)), cloud.received(dead)) == (2, [])


def test_a_queue_of_another_account_is_asked_to_confirm_as_sns_sends_it(cloud: Cloud) -> None:
    queue = cloud.queue("kitchen", OTHER)
    cloud.subscribe(cloud.topic(), "sqs", queue)
    (message,) = cloud.received(queue, OTHER)
    body = json.loads(message["Body"])
    assert (body["Type"], message["Attributes"]["SenderId"]) == ("SubscriptionConfirmation", "AIDAIT2UOQQY3AUEKVGXU")
    assert "MessageAttributes" not in message


def test_a_queue_that_is_not_there_cannot_be_asked(cloud: Cloud) -> None:
    events = cloud.listen()
    cloud.subscribe(cloud.topic(), "sqs", f"arn:aws:sqs:us-east-1:{OTHER}:kitchen")
    assert _outcomes(events) == [("the queue does not exist", False)]


@pytest.mark.parametrize("raw", ["true", "false"])
def test_a_dead_letter_of_a_fifo_topic_keeps_its_group_and_its_deduplication_id(cloud: Cloud, raw: str) -> None:
    fifo = {"FifoQueue": "true"}
    topic = cloud.topic("orders.fifo", FifoTopic="true")
    queue, dead = cloud.queue("kitchen.fifo", **fifo), cloud.queue("dead.fifo", **fifo)
    policy = json.dumps({"deadLetterTargetArn": dead})
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery=raw, RedrivePolicy=policy)
    cloud.sqs("DeleteQueue", QueueUrl="kitchen.fifo")
    cloud.sns("Publish", TopicArn=topic, Message="latte", MessageGroupId="bar", MessageDeduplicationId="1")
    (message,) = cloud.received(dead)
    attributes = message["Attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("bar", "1")
    assert (message["Body"] == "latte") is (raw == "true")


def test_the_texts_for_queues_are_in_the_dead_letters_of_queues_alone(cloud: Cloud) -> None:
    topic, dead = cloud.topic(), cloud.queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead})
    given: dict[str, Any] = {"RawMessageDelivery": "true", "RedrivePolicy": policy}
    cloud.subscribe(topic, "sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:gone", **given)
    texts = json.dumps({"default": "to all", "sqs": "to queues"})
    cloud.sns("Publish", TopicArn=topic, Message=texts, MessageStructure="json")
    assert [message["Body"] for message in cloud.received(dead)] == ["to queues"]
