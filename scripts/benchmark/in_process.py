"""What a call costs a Python test suite: boto3's SendMessage over a socket, into Decaf without one, and into moto's
decorator.

Rule: the figure is the median of single calls, so that a collection of garbage or another program counts little.
"""

from __future__ import annotations

import time
from contextlib import closing
from statistics import median
from typing import Any

import boto3

from decaf.testing import everywhere

from .connection import WrongAnswer
from .meter import queue_on
from .recorded import BODY, BODY_MD5, client
from .servers import Server


async def over_a_socket(server: Server, calls: int) -> float:
    """Return the microseconds of a call to a server."""
    with closing(client("sqs", server.url)) as sqs, queue_on(server) as queue:
        return _microseconds(sqs, queue.queue_url, calls)


async def without_a_socket(_: Server, calls: int) -> float:
    """Return the microseconds of a call that Decaf answers in this process."""
    with everywhere():
        return _in_this_process(calls)


async def by_motos_decorator(_: Server, calls: int) -> float:
    """Return the microseconds of a call that moto answers in this process, in which the backlog grows."""
    from moto import mock_aws

    with mock_aws():
        return _in_this_process(calls)


def _in_this_process(calls: int) -> float:
    with closing(boto3.Session().client("sqs", region_name="us-east-1")) as sqs:
        return _microseconds(sqs, sqs.create_queue(QueueName="orders")["QueueUrl"], calls)


def _microseconds(sqs: Any, queue_url: str, calls: int) -> float:
    took = []
    for _ in range(calls):
        began = time.perf_counter()
        sent = sqs.send_message(QueueUrl=queue_url, MessageBody=BODY)
        took.append(time.perf_counter() - began)
        if not sent["MessageId"] or sent["MD5OfMessageBody"] != BODY_MD5:
            raise WrongAnswer(f"SendMessage answered {sent}")
    return median(took) * 1_000_000
