"""Publish to a topic whose subscribers are queues: the publisher's rate, and the cost of the fan-out."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from botocore.exceptions import ClientError

from .calls import QueueCalls, publish, unique_name
from .connection import Connection, WrongAnswer, connections
from .meter import Meter
from .recorded import BODY, client, recorded
from .samples import Sample
from .servers import Server

_CHUNK = 32  # messages that are published before they are received
_PATIENCE = 10.0  # seconds for the last deliveries
_PLAIN_LIMIT = 262_144  # bytes of a message that a topic takes unless it has a MaximumMessageSize


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The subscribers of the topic: queues that get each message, raw or in its envelope; queues whose filter policy
    does not match it; and HTTP endpoints where no server listens."""

    queues: int
    raw: bool = True
    filtered: int = 0
    dead_endpoints: int = 0


async def publish_to(
    server: Server, seconds: float, subscribers: Subscribers, body: str = BODY, wires: int = 1
) -> Sample:
    """Publish of 1 KiB, or another body, over several connections to a topic with these subscribers; then every queue
    must have every message that is for it."""
    meter = Meter(server)

    async def until(end: float, wire: Connection) -> None:
        while time.perf_counter() < end:
            await publish(wire, request)
            meter.requests += 1

    limit = {"MaximumMessageSize": str(len(body))} if len(body) > _PLAIN_LIMIT else {}
    with closing(client("sqs", server.url)) as sqs, closing(client("sns", server.url)) as sns:
        topic = sns.create_topic(Name=unique_name(), Attributes=limit)["TopicArn"]
        attributes = {"RawMessageDelivery": "true" if subscribers.raw else "false"}
        if subscribers.filtered:
            attributes["FilterPolicy"] = json.dumps({"drink": ["latte"]})
        urls = [_subscribed(sqs, sns, topic, attributes) for _ in range(subscribers.queues)]
        others = attributes | {"FilterPolicy": json.dumps({"drink": ["mocha"]})}
        filtered = [_subscribed(sqs, sns, topic, others) for _ in range(subscribers.filtered)]
        for _ in range(subscribers.dead_endpoints):
            _subscribed_where_nobody_listens(sns, topic)
        kind = {"drink": {"DataType": "String", "StringValue": "latte"}} if subscribers.filtered else {}
        request = recorded(sns, "publish", TopicArn=topic, Message=body, MessageAttributes=kind).parts()
        with connections(server.url, wires) as opened, meter.measuring():
            end = time.perf_counter() + seconds
            await asyncio.gather(*(until(end, wire) for wire in opened))
            await _delivered(sqs, urls[-1], meter.requests)  # to query them all would cost more than the fan-out
        for url in urls:
            await _delivered(sqs, url, meter.requests)
        for url in filtered:
            await _delivered(sqs, url, 0)
        for url in urls:
            _holds_the_message(sqs, url, body, subscribers.raw)
        for url in urls + filtered:
            sqs.delete_queue(QueueUrl=url)
        sns.delete_topic(TopicArn=topic)
    return meter.sample()


async def receive_published(server: Server, seconds: float) -> Sample:
    """Receives and deletes of published messages in their envelopes, one request being a receive and its delete."""
    meter = Meter(server)
    with closing(client("sqs", server.url)) as sqs, closing(client("sns", server.url)) as sns:
        topic = sns.create_topic(Name=unique_name())["TopicArn"]
        url = _subscribed(sqs, sns, topic, {"RawMessageDelivery": "false"})
        calls, request = QueueCalls(sqs, url), recorded(sns, "publish", TopicArn=topic, Message=BODY).parts()
        with connections(server.url, 1) as (wire,):
            while meter.wall < seconds:
                for _ in range(_CHUNK):
                    await publish(wire, request)
                await _delivered(sqs, url, _CHUNK)
                with meter.measuring():
                    for _ in range(_CHUNK):
                        body, handle = await calls.receive(wire)
                        await calls.delete(wire, handle)
                        meter.requests += 1
                if json.loads(body)["Message"] != BODY:
                    raise WrongAnswer(f"published {BODY[:40]}, delivered {body[:80]}")
        sqs.delete_queue(QueueUrl=url)
        sns.delete_topic(TopicArn=topic)
    return meter.sample()


def _subscribed(sqs: Any, sns: Any, topic: str, attributes: dict[str, str]) -> str:
    url: str = sqs.create_queue(QueueName=unique_name())["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with suppress(ClientError):  # goaws has no policies, and delivers without one
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


def _subscribed_where_nobody_listens(sns: Any, topic: str) -> None:
    """An endpoint that confirms its subscription and then stops."""
    confirmations: list[dict[str, str]] = []

    class Once(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            confirmations.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Once) as endpoint:
        endpoint.timeout = _PATIENCE
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{endpoint.server_port}/")
        endpoint.handle_request()
    sns.confirm_subscription(TopicArn=topic, Token=confirmations[0]["Token"])


async def _delivered(sqs: Any, url: str, published: int) -> None:
    """Wait until the queue has as many messages as were published."""
    name = "ApproximateNumberOfMessages"
    end = time.perf_counter() + _PATIENCE
    while True:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
        if int(attributes[name]) == published:
            return
        if time.perf_counter() > end:
            raise WrongAnswer(f"{published} messages were published, {attributes[name]} delivered")
        await asyncio.sleep(0.02)


def _holds_the_message(sqs: Any, url: str, published: str, raw: bool) -> None:
    body = sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]
    text = body if raw else json.loads(body)["Message"]
    if text != published:
        raise WrongAnswer(f"published {published[:40]}, delivered {text[:40]}")
