"""What changed since the last commit, as values: nothing in a batch changes any more but for texts still to be made.

Rule: a batch is applied in the order of its fields, as one transaction, and applying it twice does what once does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from decaf.base.arn import Arn
from decaf.persistence.records import InboxRecord, Record, SentRecord
from decaf.sqs.message import Unwritten

Text = str | Unwritten

# key, state, due, receive count, received before, first received at, received at, id, sent at, sender id, body,
# and optional fields as a record
Inserted = tuple[int, int, float, int, int, float | None, float, str, float, str, Text, Record | None]

# state, due, receive count, first received at, received at, key
Updated = tuple[int, float, int, float | None, float, int]


@dataclass(slots=True)
class Document:
    """One thing's record, None where there is no such thing any more. `number` is that of a queue."""

    kind: str
    key: str
    account: str
    record: Record | None
    number: int | None = None


@dataclass(slots=True)
class Remembered:
    """What `owner` remembers of a send or receive since `at` (epoch seconds)."""

    kind: str
    owner: str
    key: str
    account: str
    at: float
    record: Record


@dataclass(slots=True)
class Batch:
    """Changes. Messages have keys, made of their queue's number and their own."""

    forgotten: list[str | None] = field(default_factory=list)  # accounts that have nothing any more; None: nobody has
    emptied: list[int] = field(default_factory=list)  # numbers of queues without messages
    left_behind: list[str] = field(default_factory=list)  # owners (ARNs) that remember nothing and have no archive
    documents: list[Document] = field(default_factory=list)
    inserted: list[Inserted] = field(default_factory=list)
    updated: list[Updated] = field(default_factory=list)
    deleted: list[tuple[int]] = field(default_factory=list)
    remembered: list[Remembered] = field(default_factory=list)
    archived: list[tuple[str, int, str, Record]] = field(default_factory=list)  # topic, number, account
    trimmed: list[tuple[str, int]] = field(default_factory=list)  # topic, and the number of the oldest that is kept
    inbox_cleared: list[str | None] = field(default_factory=list)  # accounts that had no entries; None: nobody had
    inbox_rewritten: bool = False  # `inbox` has all entries
    inbox: list[tuple[int, InboxRecord]] = field(default_factory=list)  # by number
    inbox_size: int = 0  # how many entries, the latest, are kept
    ended: float | None = None  # what is remembered since then or earlier is no longer


def remembered_send(owner: Arn, record: SentRecord) -> Remembered:
    """Returns what a FIFO queue or topic, `owner`, remembers of a send."""
    key = f"{record.deduplication_id} {record.group or ''}"
    return Remembered("sent", record.owner, key, owner.account, record.at, record)


NUMBER_BITS = 40  # of a message's key; the rest is the queue's number


def key_of(queue: int, message: int) -> int:
    """The key of a message, by its queue's number and its own."""
    return queue << NUMBER_BITS | message
