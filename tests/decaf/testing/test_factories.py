"""Queues and topics in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from decaf.testing.factories import QueueFactory, TopicFactory


@pytest.fixture
def decaf_queue(sqs: Any) -> QueueFactory:
    return QueueFactory(sqs)


@pytest.fixture
def decaf_topic(sns: Any, sqs: Any) -> TopicFactory:
    return TopicFactory(sns, sqs)


def _attributes(sqs: Any, url: str) -> dict[str, str]:
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes


def test_a_queue_has_the_name_and_the_attributes_that_are_given(sqs: Any, decaf_queue: QueueFactory) -> None:
    dead = decaf_queue("dead")
    redrive = {"deadLetterTargetArn": _attributes(sqs, dead)["QueueArn"], "maxReceiveCount": 3}
    url = decaf_queue("orders", DelaySeconds=5, RedrivePolicy=redrive, SqsManagedSseEnabled=False)
    assert url.endswith("/orders")
    found = _attributes(sqs, url)
    assert (found["DelaySeconds"], found["SqsManagedSseEnabled"]) == ("5", "false")
    assert json.loads(found["RedrivePolicy"]) == redrive


def test_without_a_name_each_is_another(decaf_queue: QueueFactory, decaf_topic: TopicFactory) -> None:
    assert decaf_queue() != decaf_queue()
    assert decaf_topic() != decaf_topic()


def test_a_name_says_that_it_is_fifo(sqs: Any, decaf_queue: QueueFactory, decaf_topic: TopicFactory) -> None:
    queue = decaf_queue("orders.fifo", ContentBasedDeduplication=True)
    topic = decaf_topic("drinks.fifo", queues=[queue])
    assert topic.endswith(":drinks.fifo")
    assert _attributes(sqs, queue)["ContentBasedDeduplication"] == "true"


@pytest.mark.parametrize("raw", [False, True])
def test_a_topic_delivers_to_the_queues(
    sqs: Any, sns: Any, decaf_queue: QueueFactory, decaf_topic: TopicFactory, raw: bool
) -> None:
    queues = [decaf_queue(), decaf_queue()]
    sns.publish(TopicArn=decaf_topic("drinks", queues=queues, raw=raw), Message="latte")
    for url in queues:
        (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
        assert (message["Body"] if raw else json.loads(message["Body"])["Message"]) == "latte"


def test_what_aws_refuses_is_refused(decaf_queue: QueueFactory) -> None:
    with pytest.raises(ClientError, match="DelaySeconds"):
        decaf_queue("orders", DelaySeconds=901)
