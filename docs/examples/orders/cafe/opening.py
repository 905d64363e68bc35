"""Opening the café: its queues and topics, and the variables that tell its services where they are."""

from __future__ import annotations

import json
from typing import Any

ATTEMPTS = 3  # to make a drink, before its order goes to the dead-letter queue
PATIENCE = 30  # seconds in which a barista has to finish an order


def open_cafe(stage: str, sqs: Any, sns: Any) -> dict[str, str]:
    """Create what the café needs, named after `stage`; gives its CAFE_* variables."""
    dead = sqs.create_queue(QueueName=f"{stage}-dead-orders")["QueueUrl"]
    redrive = {"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": ATTEMPTS}
    attributes = {"VisibilityTimeout": str(PATIENCE), "RedrivePolicy": json.dumps(redrive)}
    return {
        "CAFE_ORDERS": sqs.create_queue(QueueName=f"{stage}-orders", Attributes=attributes)["QueueUrl"],
        "CAFE_DEAD_ORDERS": dead,
        "CAFE_READY": sns.create_topic(Name=f"{stage}-ready")["TopicArn"],
        "CAFE_NEWS": sns.create_topic(Name=f"{stage}-news")["TopicArn"],
    }


def arn_of(sqs: Any, url: str) -> str:
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return arn
