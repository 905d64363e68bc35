"""A FIFO queue by itself, with its clock in hand: no server, no loop."""

from __future__ import annotations

from typing import Any

from decaf.base.arn import Arn
from decaf.base.clock import Clock
from decaf.base.deduplication import Original, content_based_id
from decaf.base.events import Event, Events
from decaf.base.ids import Ids
from decaf.sqs import attributes
from decaf.sqs.fifo import FifoQueue
from decaf.sqs.message import FifoIds, Message, by_sender
from decaf.sqs.queue import Queue
from tests.decaf.sqs.machine import START, Machine


class FifoMachine(Machine):
    """A FIFO queue, the time it lives in, and the events that it emitted. Bodies like `a1` are of group `a`."""

    queue: FifoQueue

    def __init__(self, name: str = "orders.fifo", dead_letters: Queue | None = None, **values: Any) -> None:
        self.clock = Clock(source=lambda: START)
        self.events: list[Event] = []
        self.sent = 0
        self.ids = Ids(1)
        self.original: Original | None = None  # that the latest message is a duplicate of
        events = Events()
        events.listeners.append(self.events.append)
        self.queue = FifoQueue(
            arn=Arn("sqs", "us-east-1", "000000000000", name),
            tag=b"12345678",
            attributes=attributes.defaults(fifo=True) | {"FifoQueue": True} | values,
            created_at=START,
            modified_at=START,
            clock=self.clock,
            events=events,
            dead_letter_queue=lambda: dead_letters,
        )

    def send(self, body: str, delay: float = 0, deduplication_id: str | None = None) -> Message:
        """Send `body` to the group that its first letter names; it is deduplicated by itself."""
        self.sent += 1
        ids = FifoIds(deduplication_id or content_based_id(body))
        message = Message(self.ids.uuid_bytes(), body, by_sender("AIDA"), self.now, body[:1], ids)
        self.original = self.queue.send(message, self.now, delay)
        return message

    def send_all(self, *bodies: str) -> None:
        for body in bodies:
            self.send(body)

    def attempt(self, attempt_id: str, limit: int = 10, visibility: float = 30) -> list[Message]:
        return self.queue.receive_attempt(attempt_id, self.now, limit, visibility)
