"""A message, and the states it passes through in a queue.

Rule: a message enters a queue in a state of ENTRY. From then on it changes state only by `become`, and only along
MOVES: the two tables are the whole life cycle.

    send with a delay          send
         |                      |
         v                      v
      DELAYED <------------> VISIBLE <------------> IN_FLIGHT
                                |
                                +---> DEAD_LETTERED

    DELAYED, VISIBLE, IN_FLIGHT ---> EXPIRED
             VISIBLE, IN_FLIGHT ---> DELETED
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


ENTRY = frozenset({State.DELAYED, State.VISIBLE})

MOVES: dict[State, frozenset[State]] = {
    State.DELAYED: frozenset({State.VISIBLE, State.EXPIRED}),
    # DELAYED: when a FIFO queue's delay is made longer. DEAD_LETTERED: at a receive, in place of being received.
    # DELETED: after the visibility timeout has ended, on a standard queue.
    State.VISIBLE: frozenset({State.DELAYED, State.IN_FLIGHT, State.DELETED, State.EXPIRED, State.DEAD_LETTERED}),
    # IN_FLIGHT again: when the visibility timeout is changed.
    State.IN_FLIGHT: frozenset({State.IN_FLIGHT, State.VISIBLE, State.DELETED, State.EXPIRED}),
    State.DELETED: frozenset(),
    State.EXPIRED: frozenset(),
    State.DEAD_LETTERED: frozenset(),
}


class IllegalMove(Exception):
    """A message was to change state in a way that MOVES does not have: an internal error, never a client's."""


class Unwritten(Protocol):
    """A body that is costly to write: a call returns it. `len()` is about the length that it will have."""

    def __call__(self) -> str: ...

    def __len__(self) -> int: ...

    def beginning(self, length: int) -> str | Unwritten:
        """Returns the first `length` characters, or what returns the body and keeps not much more than that alive."""


class Message(msgspec.Struct, eq=False, gc=False):  # gc=False: nothing that it refers to leads back to it
    """One message of one queue. Times are epoch seconds; `number` is its place in the queue's order of arrival.

    `content` is the body, or a function that returns it, called when the body is first read.

    What `due` is depends on the state:

    - DELAYED: when the delay ends.
    - IN_FLIGHT: when the visibility timeout ends.
    - VISIBLE: since when it is visible, if it was delayed or in flight before. Else it is 0; for a dead
      letter, as it was in the queue that it came from.

    In a final state it means nothing.
    """

    id: str
    content: str | Unwritten
    content_md5: str | None  # in hexadecimal; None until it is first read
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
    due: float = 0.0
    receive_count: int = 0  # in all queues that it was in
    received_before: int = 0  # the part of receive_count that belongs to earlier queues
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
        """How often it was received from its present queue: the number that a redrive policy limits."""
        return self.receive_count - self.received_before

    def become(self, state: State) -> None:
        """Change the state to `state`. Raises IllegalMove if MOVES does not have it."""
        if state not in MOVES[self.state]:
            raise IllegalMove(f"{self.state.name} -> {state.name}")
        self.state = state
