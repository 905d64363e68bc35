"""The baristas of the buffer scene: threads that take orders from a queue, each at its own pace.

Rule: a barista deletes an order only after serving it. Until then the queue still has it.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from decaf.lab.cloud import Cloud, Queue

IMPOSSIBLE = "a hot iced tea, well shaken, not stirred, unshaken"


@dataclass(slots=True)
class Board:
    """The board that all baristas write on: tries and servings by order number."""

    expected: int  # how many orders can be served at all
    tries: Counter[int] = field(default_factory=Counter)
    served: Counter[int] = field(default_factory=Counter)
    by_barista: Counter[str] = field(default_factory=Counter)
    all_served: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    _chalk: threading.Lock = field(default_factory=threading.Lock)

    def took(self, order: int) -> None:
        with self._chalk:
            self.tries[order] += 1

    def serve(self, order: int, barista: str) -> None:
        with self._chalk:
            self.served[order] += 1
            self.by_barista[barista] += 1
            if len(self.served) == self.expected:
                self.all_served.set()


@dataclass(frozen=True, slots=True)
class Barista:
    """Long-polls `queue` until closing time; `pace` is the seconds a drink takes."""

    name: str
    pace: float
    cloud: Cloud
    queue: Queue
    board: Board

    def work(self) -> None:
        while not self.board.closing.is_set():
            for message in self.take(at_most=2):
                self._make(message)

    def faint(self) -> None:
        """Take one order and never come back to it, as a crashed program does."""
        self.take(at_most=1)

    def take(self, at_most: int) -> list[dict[str, Any]]:
        response = self.cloud.sqs.receive_message(
            QueueUrl=self.queue.url, MaxNumberOfMessages=at_most, WaitTimeSeconds=1
        )
        messages: list[dict[str, Any]] = response.get("Messages", [])
        for message in messages:
            self.board.took(json.loads(message["Body"])["order"])
        return messages

    def _make(self, message: dict[str, Any]) -> None:
        order = json.loads(message["Body"])
        handle = message["ReceiptHandle"]
        if order["drink"] == IMPOSSIBLE:
            self.cloud.sqs.change_message_visibility(QueueUrl=self.queue.url, ReceiptHandle=handle, VisibilityTimeout=0)
            return
        self.board.closing.wait(self.pace)
        self.board.serve(order["order"], self.name)
        self.cloud.sqs.delete_message(QueueUrl=self.queue.url, ReceiptHandle=handle)


def at_work(baristas: list[Barista]) -> list[threading.Thread]:
    """Start the baristas, each in a thread."""
    threads = [threading.Thread(target=barista.work, name=barista.name, daemon=True) for barista in baristas]
    for thread in threads:
        thread.start()
    return threads
