"""Moving the clock by a year over many messages: the time until everything that falls due has happened.

A quarter of the messages is delayed, a quarter in flight, a quarter only to expire, and a quarter redriven from a
dead-letter queue; in the end all have expired.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.request import Request, urlopen

from .calls import QueueCalls, unique_name
from .connection import WrongAnswer, connections
from .recorded import client
from .servers import Server

YEAR = 365 * 86_400
LIMIT = 2.0  # seconds that a year may take with 100,000 messages
_PATIENCE = 60.0  # seconds

_KINDS = {"delayed": {"DelaySeconds": "900"}, "hidden": {}, "kept": {"MessageRetentionPeriod": "3600"}, "dead": {}}


async def year(server: Server, count: int) -> float:
    """Return the seconds that it takes to move the clock of `server` by a year with `count` messages due."""
    each = count // len(_KINDS)
    with closing(client("sqs", server.url)) as sqs, connections(server.url, 1) as (wire,), _frozen(server):
        queues = {kind: _queue(sqs, attributes) for kind, attributes in _KINDS.items()}
        for calls in queues.values():
            await calls.fill(wire, 0, each)
        await queues["hidden"].hide(wire, each)
        source, dead, task = _redrive(sqs, queues["dead"])
        urls = [source, *(calls.queue_url for calls in queues.values())]
        began = time.perf_counter()
        _control(server, "/clock/advance", seconds=YEAR)
        took = time.perf_counter() - began
        _check(sqs, urls, dead, task, each)
        for url in urls:
            sqs.delete_queue(QueueUrl=url)
    return took


def _queue(sqs: Any, attributes: dict[str, str]) -> QueueCalls:
    return QueueCalls(sqs, sqs.create_queue(QueueName=unique_name(), Attributes=attributes)["QueueUrl"])


def _redrive(sqs: Any, dead: QueueCalls) -> tuple[str, str, str]:
    """Start to move all of `dead` to its source; return the source's URL, the ARN of `dead`, and the task."""
    arn = sqs.get_queue_attributes(QueueUrl=dead.queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    source = sqs.create_queue(QueueName=unique_name(), Attributes={"RedrivePolicy": policy})["QueueUrl"]
    to = sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return source, arn, sqs.start_message_move_task(SourceArn=arn, DestinationArn=to)["TaskHandle"]


def _check(sqs: Any, urls: list[str], dead: str, task: str, moved: int) -> None:
    for url in urls:
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        left = {name: count for name, count in counts.items() if name.startswith("ApproximateNumber") and count != "0"}
        if left:
            raise WrongAnswer(f"after a year there are {left}")
    (found,) = sqs.list_message_move_tasks(SourceArn=dead)["Results"]
    if (found["Status"], found["ApproximateNumberOfMessagesMoved"]) != ("COMPLETED", moved):
        raise WrongAnswer(f"the task {task} says {found}")


@contextmanager
def _frozen(server: Server) -> Iterator[None]:
    _control(server, "/clock/freeze")
    try:
        yield
    finally:
        _control(server, "/clock/thaw")


def _control(server: Server, path: str, **body: Any) -> None:
    request = Request(f"{server.url}/_decaf{path}", json.dumps(body).encode())
    urlopen(request, timeout=_PATIENCE).close()
