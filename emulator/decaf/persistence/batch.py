"""The records of all that changed since the last commit.

Rule: a batch does not change any more, except that some bodies are functions that make the text. It is applied in the
order of its fields, in one transaction; applying it twice has the same result as applying it once. The messages that it
has abandoned, or that expired, are deleted later (obsolete.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Struct, field

from decaf.base.arn import Arn
from decaf.persistence.queues import NotedSends, write_noted
from decaf.persistence.records import InboxRecord, Record, SentRecord
from decaf.sqs.message import Unwritten

Text = str | Unwritten

# key, state, due, receive count, received before, first received at, received at, id, sent at, sender id, body,
# and optional fields as a record
Inserted = tuple[int, int, float, int, int, float | None, float, str, float, str, Text, Record | None]


@dataclass(slots=True)
class Document:
    """The record of one piece of state, None when it was deleted. `number` is that of a queue."""

    kind: str
    key: str
    account: str
    record: Record | None
    number: int | None = None


@dataclass(slots=True)
class Remembered:
    """A send or receive that `owner` (an ARN) remembers since `at` (epoch seconds)."""

    kind: str
    owner: str
    key: str
    account: str
    at: float
    record: Record


@dataclass(slots=True)
class Restored:
    """The sends that a FIFO queue or topic, `owner`, remembers again after it was restored.

    There may be very many: their records are made when they are written.
    """

    owner: Arn
    sends: NotedSends

    def remembered(self) -> Iterator[Remembered]:
        for record in write_noted(self.owner, self.sends):
            yield remembered_send(self.owner, record)


class Batch(Struct):
    """Changes. The key of a message is made of its queue's number and its own."""

    reset_accounts: list[str | None] = field(default_factory=list)  # accounts that were reset; None: all
    abandoned: list[int] = field(default_factory=list)  # numbers of queues whose messages were all dropped
    expired: list[tuple[int]] = field(default_factory=list)  # keys
    cleared_owners: list[str] = field(default_factory=list)  # ARNs whose memory and archive were dropped
    documents: list[Document] = field(default_factory=list)
    inserted: list[Inserted] = field(default_factory=list)  # new messages
    changed: list[Inserted] = field(default_factory=list)  # messages that have been written, whole as they are now
    deleted: list[tuple[int]] = field(default_factory=list)
    remembered: list[Remembered] = field(default_factory=list)
    restored: list[Restored] = field(default_factory=list)
    archived: list[tuple[str, int, str, Record]] = field(default_factory=list)  # topic, number, account
    trimmed: list[tuple[str, int]] = field(default_factory=list)  # topic, and the number of the oldest message left
    inbox_cleared: list[str | None] = field(default_factory=list)  # accounts whose entries were removed; None: all
    inbox_rewritten: bool = False  # `inbox` has all entries
    inbox: list[tuple[int, InboxRecord]] = field(default_factory=list)  # by number
    inbox_size: int = 0  # only so many entries, the latest, stay
    remembered_until: float | None = None  # sends and receives of that time or earlier are dropped


def remembered_send(owner: Arn, record: SentRecord) -> Remembered:
    """Returns what a FIFO queue or topic, `owner`, remembers of a send."""
    key = f"{record.deduplication_id} {record.group or ''}"
    return Remembered("sent", record.owner, key, owner.account, record.at, record)


_NUMBER_BITS = 40  # of a message's key; the rest is the queue's number
OWN_NUMBER = (1 << _NUMBER_BITS) - 1  # the bits of a message's key that are its own number


def key_of(queue: int, message: int) -> int:
    """Returns the key of a message from its queue's number and its own."""
    return queue << _NUMBER_BITS | message


def queue_number(key: int) -> int:
    """Returns the number of the queue in a message's key."""
    return key >> _NUMBER_BITS
