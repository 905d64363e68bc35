"""A batch: the messages that one event passes to a function."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from decaf.functions import sqs_event
from decaf.functions.run import Run
from decaf.sqs.message import Message
from decaf.sqs.receipt import Receipt


class Received(msgspec.Struct, frozen=True):
    """One receive of a message. `written` is its record as JSON; `until` is when it is visible again."""

    message: Message
    receipt: Receipt
    written: bytes
    until: float

    @property
    def message_id(self) -> str:
        return self.message.id

    @property
    def at(self) -> float:
        return self.message.sent_at

    @property
    def trace_header(self) -> str | None:
        return self.message.metadata.trace_header


@dataclass(slots=True, eq=False)
class Batch:
    """The messages received so far. `run` is what is noted of it once the function was invoked."""

    received: list[Received] = field(default_factory=list)
    run: Run | None = None
    _bytes: int = sqs_event.EMPTY

    def __len__(self) -> int:
        return len(self.received)

    def has_room(self, one: Received) -> bool:
        """Whether the event stays within what an invocation can pass on."""
        return not self.received or self._bytes + 1 + len(one.written) <= sqs_event.MAX_PAYLOAD

    def add(self, one: Received) -> None:
        self._bytes += len(one.written) + bool(self.received)
        self.received.append(one)

    def event(self) -> bytes:
        """Returns the event, as JSON."""
        return sqs_event.event(one.written for one in self.received)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(one.message_id for one in self.received)

    @property
    def until(self) -> float:
        """When the first of its messages is visible again, in epoch seconds."""
        return min(one.until for one in self.received)
