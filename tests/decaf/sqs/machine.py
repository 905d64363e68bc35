"""A queue by itself, with its clock in hand: no server, no loop."""

from __future__ import annotations

from typing import Any

from decaf.base.arn import Arn
from decaf.base.clock import Clock
from decaf.base.events import Event, Events
from decaf.base.ids import UUID_SIZE
from decaf.sqs import attributes
from decaf.sqs.message import Message, by_sender
from decaf.sqs.queue import Queue
from decaf.sqs.receipt import Receipt

START = 1_700_000_000.0


class Machine:
    """A standard queue, the time it lives in, and the events that it emitted."""

    def __init__(self, name: str = "orders", dead_letters: Queue | None = None, **values: Any) -> None:
        self.clock = Clock(source=lambda: START)
        self.events: list[Event] = []
        events = Events()
        events.listeners.append(self.events.append)
        self.queue = Queue(
            arn=Arn("sqs", "us-east-1", "000000000000", name),
            tag=b"12345678",
            attributes=attributes.defaults(fifo=False) | values,
            created_at=START,
            modified_at=START,
            clock=self.clock,
            events=events,
            dead_letter_queue=lambda: dead_letters,
        )

    @property
    def now(self) -> float:
        return self.clock.now()

    def send(self, body: str, delay: float = 0) -> Message:
        message = a_message(body, self.now)
        self.queue.send(message, self.now, delay)
        return message

    def receive(self, limit: int = 1, visibility: float = 30) -> list[Message]:
        return self.queue.receive(self.now, limit, visibility)

    def bodies(self, limit: int = 10, visibility: float = 30) -> list[str]:
        return [message.body for message in self.receive(limit, visibility)]

    def delete(self, receipt: Receipt) -> None:
        self.queue.delete(receipt, self.now)

    def change(self, receipt: Receipt, timeout: float) -> None:
        self.queue.change_visibility(receipt, timeout, self.now)

    def counts(self) -> tuple[int, int, int]:
        """How many messages are visible, in flight, delayed."""
        self.queue.settle(self.now)
        return len(self.queue.visible), len(self.queue.in_flight), len(self.queue.delayed)


def a_message(body: str, now: float, **more: Any) -> Message:
    """A message that is sent at `now`, of nobody in particular. Its id is made of the body."""
    facts: dict[str, Any] = {
        "identity": body.encode().ljust(UUID_SIZE)[:UUID_SIZE],
        "content": body,
        "metadata": by_sender("AIDA"),
        "sent_at": now,
    }
    return Message(**facts | more)


def receipt_of(message: Message) -> Receipt:
    """The receipt of the message's latest receive."""
    return Receipt(message.number, message.receives.count)
