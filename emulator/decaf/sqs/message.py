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

import struct
from binascii import hexlify
from enum import IntEnum
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from decaf.base.ids import UUID_SIZE, write_uuid
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


class Receives(msgspec.Struct, frozen=True, gc=False):
    """How often a message was received, and when (epoch seconds)."""

    count: int = 0  # in all queues that it was in
    before: int = 0  # the part of `count` that belongs to earlier queues
    first_at: float | None = None
    last_at: float = 0.0

    def another(self, now: float) -> Receives:
        """Return what it is after another receive."""
        return Receives(self.count + 1, self.before, now if self.first_at is None else self.first_at, now)


class Metadata(msgspec.Struct, frozen=True, gc=False):
    """What comes with a message besides its body: who sent it, and what few messages have."""

    sender_id: str
    attributes: dict[str, dict[str, Any]] | None = None  # user attributes, as the model's MessageAttributeValue
    attributes_md5: str | None = None
    trace_header: str | None = None  # AWSTraceHeader
    source_arn: str | None = None  # DeadLetterQueueSourceArn


class FifoIds(msgspec.Struct, frozen=True, gc=False):
    """What a message has in a FIFO queue alone. The queue sets the sequence number when the message enters it."""

    deduplication_id: str | None
    sequence_number: int | None = None


_DIGITS = struct.Struct("8s4s4s4s12s32s")  # those of an id, in groups, and those of an MD5
NEVER_RECEIVED = Receives()
by_sender = lru_cache(maxsize=1024)(Metadata)  # the metadata of a sender's messages that have nothing else


class Message(msgspec.Struct, eq=False, gc=False):  # gc=False: nothing that it refers to leads back to it
    """One message of one queue. Times are epoch seconds; `number` is its place in the queue's order of arrival.

    There may be very many, and most have only a body: so what few of them have, or not yet, is in objects of its own,
    which messages share.

    `identity` is the 16 bytes of its id and, once the body's MD5 is known, the 16 bytes of that. `content` is the body,
    or a function that returns it, called when the body is first read.

    What `due` is depends on the state:

    - DELAYED: when the delay ends.
    - IN_FLIGHT: when the visibility timeout ends.
    - VISIBLE: since when it is visible, if it was delayed or in flight before. Else it is 0; for a dead
      letter, as it was in the queue that it came from.

    In a final state it means nothing.
    """

    identity: bytes
    content: str | Unwritten
    metadata: Metadata
    sent_at: float
    group_id: str | None = None
    fifo: FifoIds | None = None
    number: int = 0
    state: State = State.VISIBLE
    due: float = 0.0
    receives: Receives = NEVER_RECEIVED

    @property
    def id(self) -> str:
        return write_uuid(self.identity)

    @property
    def body(self) -> str:
        if not isinstance(self.content, str):
            self.content = self.content()
        return self.content

    @property
    def body_md5(self) -> str:
        """The MD5 of the body, in hexadecimal."""
        if len(self.identity) == UUID_SIZE:
            self.identity += digest.of_body(self.body)
        return self.identity[UUID_SIZE:].hex()

    def texts(self) -> tuple[str, str, str]:
        """Return `id`, `body_md5` and `body`, in less time than one by one: every receive needs them."""
        body = self.content if isinstance(self.content, str) else self.body
        if len(self.identity) == UUID_SIZE:
            self.identity += digest.of_body(body)
        *id_groups, md5 = _DIGITS.unpack(hexlify(self.identity))
        return b"-".join(id_groups).decode(), md5.decode(), body

    @property
    def deduplication_id(self) -> str | None:
        return None if self.fifo is None else self.fifo.deduplication_id

    @property
    def sequence_number(self) -> str | None:
        number = None if self.fifo is None else self.fifo.sequence_number
        return None if number is None else str(number)

    @property
    def receives_here(self) -> int:
        """How often it was received from its present queue: the number that a redrive policy limits."""
        return self.receives.count - self.receives.before

    def become(self, state: State) -> None:
        """Change the state to `state`. Raises IllegalMove if MOVES does not have it."""
        if state not in MOVES[self.state]:
            raise IllegalMove(f"{self.state.name} -> {state.name}")
        self.state = state
