"""Lap after lap of messages, to queues and through a topic, to consumers that crash: exact counts, and level memory.

15,000 messages; with DECAF_LONG=1 in the environment 1,000,000.
"""

from __future__ import annotations

import gc
import json
import os
import random
import resource
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.handling import Handling
from decaf.world import World
from decaf_protocol import Reply, Request

LAPS = 200 if os.environ.get("DECAF_LONG") else 3  # after one to warm up
SENT = 1_250  # in a lap, in each of three ways; what is published reaches two queues
BATCH = 10
GROUPS = 8
CRASHES = 0.3  # of the receives
RECEIVES = 3  # until a message is a dead letter
HIDDEN = 30  # seconds
QUEUES = ("orders", "orders.fifo", "kitchen", "screen", "dead")
_ARN = "arn:aws:{}:us-east-1:000000000000:{}"
_SCOPE = "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/{}/aws4_request, Signature=0"
_HOST = {"host": "decaf"}


class Calls:
    """Calls on a world, as bytes, with nothing between."""

    def __init__(self, world: World) -> None:
        self._handling = Handling(world)

    def sqs(self, operation: str, **params: Any) -> dict[str, Any]:
        headers = {"x-amz-target": f"AmazonSQS.{operation}", "content-type": "application/x-amz-json-1.0"}
        answered = self._handle("sqs", headers, json.dumps(params))
        found: dict[str, Any] = json.loads(answered)
        return found

    def sns(self, operation: str, **params: str) -> None:
        form = urlencode({"Action": operation, "Version": "2010-03-31"} | params)
        self._handle("sns", {"content-type": "application/x-www-form-urlencoded"}, form)

    def _handle(self, service: str, headers: dict[str, str], body: str) -> bytes:
        headers = _HOST | headers | {"authorization": _SCOPE.format(service)}
        reply = self._handling.handle(Request("POST", "/", headers, body.encode()))
        assert isinstance(reply, Reply)
        assert reply.status == 200, reply
        return reply.body


@dataclass(slots=True)
class Shift:
    """The queues, and consumers that note what they finish: by queue, the number of each message."""

    calls: Calls
    urls: dict[str, str]
    chance: random.Random
    finished: dict[str, Counter[int]] = field(default_factory=lambda: {name: Counter() for name in QUEUES})
    crashes: int = 0

    def lap(self, first: int) -> None:
        """Send messages numbered from `first` on, and work until none is left."""
        for start in range(first, first + SENT, BATCH):
            numbers = range(start, start + BATCH)
            entries = [{"Id": str(n), "MessageBody": str(n)} for n in numbers]
            ordered = [
                e | {"MessageGroupId": str(int(e["Id"]) % GROUPS), "MessageDeduplicationId": e["Id"]} for e in entries
            ]
            self._send("orders", entries)
            self._send("orders.fifo", ordered)
            published = {f"PublishBatchRequestEntries.member.{n % BATCH + 1}": n for n in numbers}
            members = {f"{member}.{name}": str(n) for member, n in published.items() for name in ("Id", "Message")}
            self.calls.sns("PublishBatch", TopicArn=_ARN.format("sns", "menu"), **members)
            for name in QUEUES:
                self._receive(name)

    def _send(self, name: str, entries: list[dict[str, str]]) -> None:
        answered = self.calls.sqs("SendMessageBatch", QueueUrl=self.urls[name], Entries=entries)
        assert len(answered["Successful"]) == len(entries)

    def work(self, clock: Clock) -> None:
        """Until nothing is left; who crashed gave nothing back, so that takes time."""
        while any(self._counts(name) for name in QUEUES):
            found = [self._receive(name) for name in QUEUES]
            if not any(found):
                clock.advance(HIDDEN)

    def _receive(self, name: str) -> bool:
        """One receive, and what comes of it."""
        url = self.urls[name]
        received = self.calls.sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=BATCH).get("Messages", [])
        if received and self.chance.random() < CRASHES:
            self.crashes += 1
        elif received:
            entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(received)]
            answered = self.calls.sqs("DeleteMessageBatch", QueueUrl=url, Entries=entries)
            assert len(answered["Successful"]) == len(received)
            self.finished[name].update(_number(message["Body"]) for message in received)
        return bool(received)

    def _counts(self, name: str) -> int:
        names = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
        answered = self.calls.sqs("GetQueueAttributes", QueueUrl=self.urls[name], AttributeNames=names)
        return sum(map(int, answered["Attributes"].values()))


def _number(body: str) -> int:
    """The number that a message says, in its envelope or without one."""
    return int(json.loads(body)["Message"] if body.startswith("{") else body)


def _opened(world: World) -> Shift:
    calls = Calls(world)
    redrive = json.dumps({"deadLetterTargetArn": _ARN.format("sqs", "dead"), "maxReceiveCount": RECEIVES})
    attributes: dict[str, dict[str, str]] = {
        "dead": {},
        "orders": {"RedrivePolicy": redrive},
        "orders.fifo": {"FifoQueue": "true"},
        "kitchen": {},
        "screen": {},
    }
    urls = {
        name: str(calls.sqs("CreateQueue", QueueName=name, Attributes=own)["QueueUrl"])
        for name, own in attributes.items()
    }
    calls.sns("CreateTopic", Name="menu")
    for name, raw in (("kitchen", "true"), ("screen", "false")):
        members = {"Attributes.entry.1.key": "RawMessageDelivery", "Attributes.entry.1.value": raw}
        topic, endpoint = _ARN.format("sns", "menu"), _ARN.format("sqs", name)
        calls.sns("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=endpoint, **members)
    return Shift(calls, urls, random.Random(1))


def _blocks(world: World) -> int:
    """How many small pieces of memory are in use: every object that stays behind is at least one.

    Which calls the record keeps depends on how fast they come; that they are bounded is a test of its own.
    """
    world.calls.clear()
    gc.collect()
    return sys.getallocatedblocks()


def test_nothing_is_lost_or_left_behind() -> None:
    now = 1_700_000_000.0
    world = World(Settings(memory_limit=1 << 40, seed=1), Clock(lambda: now))
    assert world.memory_limit is not None
    shift = _opened(world)
    warm = warm_peak = dead_letters = 0
    for lap in range(LAPS + 1):
        shift.lap(lap * SENT)
        shift.work(world.clock)
        sent = range(lap * SENT, (lap + 1) * SENT)
        dead = shift.finished["dead"]
        assert shift.finished["orders"] + dead == Counter(sent), "each is done with once, dead or alive"
        for name in ("orders.fifo", "kitchen", "screen"):
            assert shift.finished[name] == Counter(sent)
        dead_letters += dead.total()
        for finished in shift.finished.values():
            finished.clear()
        assert world.memory_limit.bytes == 0
        if lap == 0:
            warm = _blocks(world)
            warm_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    left = _blocks(world) - warm
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{shift.crashes} crashes, {left} blocks left; the process's peak grew by {peak - warm_peak} KiB")
    assert dead_letters, "somebody crashed so often that there were dead letters"
    assert shift.crashes > LAPS * 10
    assert left < SENT, "less than one small object for each message of a single lap"
