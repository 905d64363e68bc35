"""Publish to a topic whose subscribers are queues: the publisher's rate, and all that the fan-out costs."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import closing
from typing import Any

from .calls import publish
from .connection import WrongAnswer, connections
from .meter import Meter, unique_name
from .recorded import BODY, client, recorded
from .samples import Sample
from .servers import Server

_PATIENCE = 10.0  # seconds for the last deliveries


async def publish_to(server: Server, seconds: float, queues: int) -> Sample:
    """Publish of 1 KiB to a topic with so many raw subscriptions; every queue must then hold every message."""
    meter = Meter(server)
    with closing(client("sqs", server.url)) as sqs, closing(client("sns", server.url)) as sns:
        topic = sns.create_topic(Name=unique_name())["TopicArn"]
        urls = [_subscribed(sqs, sns, topic) for _ in range(queues)]
        request = recorded(sns, "publish", TopicArn=topic, Message=BODY).parts()
        with connections(server.url, 1) as (wire,), meter.measuring():
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                await publish(wire, request)
                meter.requests += 1
            for url in urls:
                await _delivered(sqs, url, meter.requests)
        for url in urls:
            _holds_the_message(sqs, url)
            sqs.delete_queue(QueueUrl=url)
        sns.delete_topic(TopicArn=topic)
    return meter.sample()


def _subscribed(sqs: Any, sns: Any, topic: str) -> str:
    url: str = sqs.create_queue(QueueName=unique_name())["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return url


async def _delivered(sqs: Any, url: str, published: int) -> None:
    """Wait until the queue holds as many messages as were published."""
    name = "ApproximateNumberOfMessages"
    end = time.perf_counter() + _PATIENCE
    while True:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
        if int(attributes[name]) == published:
            return
        if time.perf_counter() > end:
            raise WrongAnswer(f"{published} messages were published, {attributes[name]} delivered")
        await asyncio.sleep(0.02)


def _holds_the_message(sqs: Any, url: str) -> None:
    message = sqs.receive_message(QueueUrl=url)["Messages"][0]
    if message["Body"] != BODY:
        raise WrongAnswer(f"published {BODY[:40]}, delivered {message['Body'][:40]}")
