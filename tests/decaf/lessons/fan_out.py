"""Queues that are subscribed to a topic, and what an account's wire shows."""

from __future__ import annotations

import json
from typing import Any

from decaf.lessons.wire import Wire
from tests.live import Live


def wire_of(live: Live, account: str) -> Wire:
    return Wire.read(live.control.of(account).trace())


def queue_arn(sqs: Any, name: str) -> str:
    """Returns the ARN of a queue, which is created if it is not there."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return arn


def subscribe(sns: Any, sqs: Any, topic: str, queue: str, **attributes: Any) -> None:
    """Subscribe a queue to a topic; the values of attributes that are objects are sent as JSON."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in attributes.items()}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn(sqs, queue), Attributes=texts)
