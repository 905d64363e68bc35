"""The rows through boto3: the time that a user's code sees, with the client's own millisecond."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

from .calls import numbered
from .connection import WrongAnswer
from .meter import Meter, queue_on
from .recorded import BODY, BODY_MD5, client
from .samples import Sample
from .servers import Server

_CHUNK = 20


async def send(server: Server, seconds: float) -> Sample:
    """SendMessage of 1 KiB from one boto3 client."""
    meter = Meter(server)
    with closing(client("sqs", server.url)) as sqs, queue_on(server) as calls, meter.measuring():
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            sent = sqs.send_message(QueueUrl=calls.queue_url, MessageBody=BODY)
            if not sent["MessageId"] or sent["MD5OfMessageBody"] != BODY_MD5:
                raise WrongAnswer(f"SendMessage answered {sent}")
            meter.requests += 1
    return meter.sample()


async def receive_and_delete(server: Server, seconds: float) -> Sample:
    """A receive and its delete from one boto3 client, on a short queue."""
    meter = Meter(server)
    with closing(client("sqs", server.url)) as sqs, queue_on(server) as calls:
        while meter.wall < seconds:
            outstanding = {numbered(number) for number in range(_CHUNK)}
            for body in outstanding:
                sqs.send_message(QueueUrl=calls.queue_url, MessageBody=body)
            with meter.measuring():
                for _ in range(_CHUNK):
                    _receive_and_delete(sqs, calls.queue_url, outstanding)
                    meter.requests += 1
    return meter.sample()


def _receive_and_delete(sqs: Any, url: str, outstanding: set[str]) -> None:
    messages = sqs.receive_message(QueueUrl=url).get("Messages", [])
    if len(messages) != 1 or messages[0]["Body"] not in outstanding:
        raise WrongAnswer(f"ReceiveMessage answered {messages}")
    outstanding.remove(messages[0]["Body"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
