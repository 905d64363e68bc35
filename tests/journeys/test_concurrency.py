"""Eight consumers at once that also send, and now and then die with messages in hand: nothing is lost or reordered.

They work for a moment; with DECAF_LONG=1 in the environment for 20 seconds.
"""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.live import Live

THREADS = 8
SECONDS = 20.0 if os.environ.get("DECAF_LONG") else 1.5
PATIENCE = 60.0  # seconds until what was sent must be done
GROUPS = 3  # of each sender
CRASHES = 0.3  # of the receives while there is more to come
COUNTS = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]


@dataclass(slots=True)
class Work:
    """What all threads together sent, had in hand, and deleted; messages are told by their bodies, `group number`."""

    sent: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    had: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    deleted: set[str] = field(default_factory=set)

    def is_done(self) -> bool:
        return len(self.deleted) == sum(map(len, self.sent.values()))


class Worker:
    """A thread's client, and what it does with it. Its groups are its own to send to, and everybody's to receive."""

    def __init__(self, sqs: Any, url: str, number: int, work: Work) -> None:
        self._sqs = sqs
        self._url = url
        self._work = work
        self._random = random.Random(number)
        self._groups = [f"{number}-{group}" for group in range(GROUPS)]

    def run(self, stop_sending: float, give_up: float) -> None:
        while (now := time.monotonic()) < stop_sending:
            self._send()
            self._receive(crashes=self._random.random() < CRASHES)
        while not self._work.is_done() and (now := time.monotonic()) < give_up:
            self._receive(wait=1)
        assert now < give_up

    def _send(self) -> None:
        entries = []
        for index in range(self._random.randint(1, 5)):
            group = self._random.choice(self._groups)
            number = len(self._work.sent[group])
            self._work.sent[group].append(number)
            entry = {"Id": str(index), "MessageBody": f"{group} {number}", "MessageGroupId": group}
            entries.append(entry)
        if len(entries) == 1:
            entries[0].pop("Id")
            self._sqs.send_message(QueueUrl=self._url, **entries[0])
        else:
            assert "Failed" not in self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries)

    def _receive(self, crashes: bool = False, wait: int = 0) -> None:
        messages = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._random.randint(1, 10),
            VisibilityTimeout=1 if crashes else 600,
            WaitTimeSeconds=wait,
        ).get("Messages", [])
        for message in messages:
            group, _, number = message["Body"].partition(" ")
            self._work.had[group].append(int(number))
        if not crashes:
            self._delete(messages)

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            assert message["Body"] not in self._work.deleted, "a message in flight was nobody else's"
            self._work.deleted.add(message["Body"])


@pytest.mark.parametrize("kind", ["standard", "fifo"])
def test_nothing_is_lost(live: Live, account: str, sqs: Any, kind: str) -> None:
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    name, attributes = ("orders", {}) if kind == "standard" else ("orders.fifo", fifo)
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    work = Work()
    start = time.monotonic()

    def one(number: int) -> None:
        with closing(live.client("sqs", account)) as client:
            Worker(client, url, number, work).run(start + SECONDS, start + SECONDS + PATIENCE)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(THREADS)))

    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)["Attributes"]
    assert set(counts.values()) == {"0"}
    assert {group: sorted(set(numbers)) for group, numbers in work.had.items()} == work.sent
    assert sum(map(len, work.had.values())) > len(work.deleted), "somebody died with messages in hand"
    if kind == "fifo":
        for group, numbers in work.had.items():
            assert list(dict.fromkeys(numbers)) == work.sent[group], "first receives are in the order of sending"
