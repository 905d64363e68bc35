"""A customer's mailbox: a queue of their own, subscribed to the topics they chose.

Rule: set up as on AWS itself, where a topic may write to a queue only if the queue's policy allows it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from decaf.lab.cloud import Cloud, Queue


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A queue for one customer's messages. With `raw`, it gets the plain text instead of SNS's JSON envelope."""

    cloud: Cloud
    queue: Queue
    raw: bool

    def read(self, expected: int) -> list[str]:
        """Receive and delete all texts, and return them; wait only while there are fewer than `expected`."""
        texts: list[str] = []
        while messages := self._receive(wait=5 if len(texts) < expected else 0):
            for message in messages:
                texts.append(message["Body"] if self.raw else json.loads(message["Body"])["Message"])
                self.cloud.sqs.delete_message(QueueUrl=self.queue.url, ReceiptHandle=message["ReceiptHandle"])
        return texts

    def _receive(self, wait: int) -> list[dict[str, Any]]:
        response = self.cloud.sqs.receive_message(QueueUrl=self.queue.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        messages: list[dict[str, Any]] = response.get("Messages", [])
        return messages


def open_mailbox(cloud: Cloud, name: str, topics: list[str], raw: bool = False) -> Mailbox:
    """Create a queue that gets the messages of `topics` (their ARNs)."""
    queue = cloud.create_queue(name)
    policy = json.dumps(let_topics_send(queue, topics))
    cloud.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})
    for topic in topics:
        cloud.sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=queue.arn,
            Attributes={"RawMessageDelivery": "true" if raw else "false"},
        )
    return Mailbox(cloud, queue, raw)


def let_topics_send(queue: Queue, topics: list[str]) -> dict[str, Any]:
    """Return the queue policy of AWS's guide: SNS may send here, for these topics only."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue.arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topics}},
            }
        ],
    }
