"""The shop's account: its clients, queues, and the inbox of phones and mail addresses.

Rule: every run has an account of its own (the access key is a new 12-digit number), so runs on one
server do not affect each other.
"""

from __future__ import annotations

import json
import random
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue by its URL and its ARN."""

    url: str
    arn: str


@dataclass(frozen=True, slots=True)
class Cloud:
    """boto3 clients of one account at one endpoint."""

    endpoint: str
    account: str
    sqs: Any
    sns: Any
    lambda_: Any

    def create_queue(self, name: str, attributes: dict[str, str] | None = None) -> Queue:
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes or {})["QueueUrl"]
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return Queue(url, got["Attributes"]["QueueArn"])

    def create_queue_with_dead_letters(
        self, name: str, dead_letters: str, tries: int, visibility_timeout: int
    ) -> tuple[Queue, Queue]:
        """Create a queue, and its dead-letter queue; return both. The timeout is in seconds."""
        aside = self.create_queue(dead_letters)
        redrive = {"deadLetterTargetArn": aside.arn, "maxReceiveCount": tries}
        attributes = {"VisibilityTimeout": str(visibility_timeout), "RedrivePolicy": json.dumps(redrive)}
        return self.create_queue(name, attributes), aside

    def create_topic(self, name: str) -> str:
        """Create a topic, and return its ARN."""
        return str(self.sns.create_topic(Name=name)["TopicArn"])

    def message_counts(self, queue: Queue) -> dict[str, int]:
        """Return the queue's three Approximate... counts by their AWS names."""
        names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ]
        got = self.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
        return {name: int(got[name]) for name in names}

    def inbox(self, **filters: str) -> list[dict[str, Any]]:
        """Return the deliveries to phones, mail addresses and apps, oldest first; `filters` are those of the inbox."""
        url = f"{self.endpoint}/_decaf/inbox?{urllib.parse.urlencode(filters)}"
        with urllib.request.urlopen(url, timeout=10) as response:
            deliveries: list[dict[str, Any]] = json.load(response)["deliveries"]
        return deliveries

    def clean(self) -> None:
        """Delete everything in the account."""
        body = json.dumps({"account": self.account}).encode()
        with urllib.request.urlopen(f"{self.endpoint}/_decaf/reset", body, timeout=10):
            pass


def connect(endpoint: str) -> Cloud:
    """Return a new account at `endpoint`.

    Raises botocore's EndpointConnectionError when no server listens there.
    """
    account = str(random.SystemRandom().randrange(10**11, 10**12))
    session = boto3.Session(account, "beans", region_name=REGION)
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=3)
    sqs, sns, lambda_ = (
        session.client(name, endpoint_url=endpoint, config=config) for name in ("sqs", "sns", "lambda")
    )
    sqs.list_queues(MaxResults=1)
    return Cloud(endpoint.rstrip("/"), account, sqs, sns, lambda_)
