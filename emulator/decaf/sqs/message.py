"""A message, and the states it passes through in a queue.

Rule: a message changes state only by `become`, and only along MOVES; the table is the whole life cycle.

    send ---> DELAYED <--> VISIBLE <---> IN_FLIGHT
      |                      ^ |            |
      +----------------------+ v            v
                          DELETED, EXPIRED or DEAD_LETTERED (from any of the three)

Back from VISIBLE to DELAYED go messages of a FIFO queue whose delay was made longer.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Protocol

import msgspec

from decaf.sqs import digest


class State(IntEnum):
    """Where a message is. The states from DELETED on are final: the message has left its queue."""

    DELAYED = 0  # sent, not yet to be received
    VISIBLE = 1  # waits to be received
    IN_FLIGHT = 2  # received, hidden until its visibility timeout ends
    DELETED = 3
    EXPIRED = 4  # older than the queue's retention period
    DEAD_LETTERED = 5  # moved to the dead-letter queue


_FINAL = frozenset({State.DELETED, State.EXPIRED, State.DEAD_LETTERED})

MOVES: dict[State, frozenset[State]] = {
    State.DELAYED: frozenset({State.VISIBLE, State.DELETED, State.EXPIRED}),
    State.VISIBLE: frozenset({State.DELAYED, State.IN_FLIGHT}) | _FINAL,
    State.IN_FLIGHT: frozenset({State.IN_FLIGHT, State.VISIBLE, State.DELETED, State.EXPIRED}),
    State.DELETED: frozenset(),
    State.EXPIRED: frozenset(),
    State.DEAD_LETTERED: frozenset(),
}


class IllegalMove(Exception):
    """A message was to change state in a way the life cycle does not have: a fault of ours, never of a client."""


class Unwritten(Protocol):
    """A body that costs something to write: called it is written; its length is about that of what it will say."""

    def __call__(self) -> str: ...

    def __len__(self) -> int: ...


class Message(msgspec.Struct, eq=False, gc=False):  # nothing that it refers to leads back to it
    """One message of one queue. Times are epoch seconds; `number` is its place in the queue's order of arrival.

    `content` is the body, or what writes it when it is first read.
    """

    id: str
    content: str | Unwritten
    content_md5: str | None  # in hexadecimal; None until somebody asks
    sender_id: str
    sent_at: float
    attributes: dict[str, dict[str, Any]] | None = None  # user attributes, as the model's MessageAttributeValue
    attributes_md5: str | None = None
    trace_header: str | None = None  # AWSTraceHeader
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    number: int = 0
    state: State = State.VISIBLE
    due: float = 0.0  # when it leaves DELAYED or IN_FLIGHT by itself; or when it left IN_FLIGHT
    receive_count: int = 0  # in all queues it was in
    received_before: int = 0  # the part of receive_count that other queues made
    first_received_at: float | None = None
    received_at: float = 0.0  # the latest receive
    source_arn: str | None = None  # DeadLetterQueueSourceArn

    @property
    def body(self) -> str:
        if not isinstance(self.content, str):
            self.content = self.content()
        return self.content

    @property
    def body_md5(self) -> str:
        if self.content_md5 is None:
            self.content_md5 = digest.of_body(self.body)
        return self.content_md5

    @property
    def receives_here(self) -> int:
        """How often its present queue handed it out: what a redrive policy counts."""
        return self.receive_count - self.received_before

    def become(self, state: State) -> None:
        """Change state. Raises IllegalMove if the life cycle has no such step."""
        if state not in MOVES[self.state]:
            raise IllegalMove(f"{self.state.name} -> {state.name}")
        self.state = state
