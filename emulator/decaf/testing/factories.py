"""Queues and topics in one line, for tests that only need some.

Rule: what is made is made by AWS's own calls, so it works on every server.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import count
from typing import Any

import msgspec

_numbers = count(1)


class QueueFactory(msgspec.Struct, frozen=True):
    """Creates queues by an SQS client."""

    sqs: Any

    def __call__(self, name: str = "", **attributes: Any) -> str:
        """Create a queue, and return its URL. Without a name, it has a new one; one that ends with `.fifo` is FIFO.

        Attributes are those of CreateQueue, as numbers, booleans or dicts too.
        """
        name = name or f"queue-{next(_numbers)}"
        url: str = self.sqs.create_queue(QueueName=name, Attributes=_attributes(name, "FifoQueue", attributes))[
            "QueueUrl"
        ]
        return url


class TopicFactory(msgspec.Struct, frozen=True):
    """Creates topics by an SNS client, and subscribes queues by an SQS client."""

    sns: Any
    sqs: Any

    def __call__(self, name: str = "", *, queues: Iterable[str] = (), raw: bool = False, **attributes: Any) -> str:
        """Create a topic, subscribe the queues with these URLs to it, and return its ARN.

        With `raw`, queues get the message alone, not SNS's envelope. Name and attributes are as for queues.
        """
        name = name or f"topic-{next(_numbers)}"
        topic: str = self.sns.create_topic(Name=name, Attributes=_attributes(name, "FifoTopic", attributes))["TopicArn"]
        for url in queues:
            found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            arn = found["Attributes"]["QueueArn"]
            options = {"RawMessageDelivery": "true"} if raw else {}
            self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=options)
        return topic


def _attributes(name: str, fifo: str, given: dict[str, Any]) -> dict[str, str]:
    implied = {fifo: "true"} if name.endswith(".fifo") else {}
    return implied | {attribute: _text(value) for attribute, value in given.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
