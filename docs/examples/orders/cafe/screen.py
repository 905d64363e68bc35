"""The screen over the counter: it shows what is ready, each drink once."""

from __future__ import annotations

import json
from typing import Any

from cafe.opening import arn_of


class Screen:
    """Shows what comes in the queue at `url`. `sqs` is a boto3 client."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def lines(self) -> list[str]:
        """What is new since the last look."""
        lines = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                lines.append(message["Body"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return sorted(lines)


def hang_up(stage: str, ready: str, sqs: Any, sns: Any, size: str | None = None) -> str:
    """A screen for drinks that are ready, of one size or all; gives the URL of the queue that feeds it."""
    url: str = sqs.create_queue(QueueName=f"{stage}-screen-{size or 'all'}")["QueueUrl"]
    attributes = {"RawMessageDelivery": "true"}
    if size:
        attributes["FilterPolicy"] = json.dumps({"size": [size]})
    arn = arn_of(sqs, url)
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": ready}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=ready, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url
