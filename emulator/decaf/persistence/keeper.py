"""What keeps the state of a durable store: the data directory, or a database that nodes share.

Rule: all methods may be slow, and are called from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from msgspec import Struct

from decaf.persistence.batch import Batch
from decaf.persistence.records import ProfileRecord
from decaf.persistence.snapshot import Snapshot
from decaf.persistence.unwritable import LeftOut
from decaf.sqs.message import Message

ROWS = 1_000  # of messages, that are deleted in one transaction when nobody needs them any more

Progress = Callable[[int, int], None]  # messages read, and about how many there are


@dataclass(slots=True)
class Contents:
    """All that is kept: a snapshot without its messages, and these by their queue's ARN.

    `numbers` are those of the queues, `abandoned` those of messages that no queue has any more. `deliveries` are the
    keys of the snapshot's deliveries, in their order; `key` is the private key that signs, in PEM.
    """

    snapshot: Snapshot
    messages: dict[str, list[Message]]
    numbers: dict[str, int] = field(default_factory=dict)
    abandoned: list[int] = field(default_factory=list)
    deliveries: list[int] = field(default_factory=list)
    key: str | None = None
    inbox_count: int = 0  # entries that ever came into the inbox
    profiles: list[ProfileRecord] = field(default_factory=list)


class Keeper(Protocol):
    """Keeps the state. `name` is what errors and the log call it."""

    @property
    def name(self) -> str: ...

    def apply(self, batch: Batch) -> LeftOut:
        """Write a batch, but for records that cannot be written. Returns what these are of. Raises NotWritten."""

    def delete_messages(self, keys: Sequence[tuple[int]], number: int | None) -> bool:
        """Delete the messages of the keys, and up to ROWS of those of a queue's number.

        Returns whether it may have more. Raises NotWritten.
        """

    def keep_key(self, key: str) -> None:
        """Write the private key that signs (PEM). Raises NotWritten."""

    def keep_code(self, digest: bytes, zipped: bytes) -> None:
        """Keep the code of a function, a zip file with its digest (SHA-256). Raises NotWritten."""

    def count_start(self) -> int:
        """Count a start. Returns the number of earlier ones. Raises NotWritten."""

    def load(self, progress: Progress | None = None) -> Contents:
        """Returns all that is kept. Raises Unusable when it is damaged, NotWritten when it cannot be reached."""

    def probe(self) -> None:
        """Find out whether anything can be written again after a failure. Raises NotWritten, or Unusable."""

    def backup(self) -> BinaryIO:
        """Returns a copy of everything, as the file of a data directory, deleted when closed. Raises NotWritten."""

    def close(self) -> None: ...


class Write(Struct, frozen=True):
    """A batch that a keeper is to write: called, it does what `apply` does."""

    keeper: Keeper
    batch: Batch

    def __call__(self) -> LeftOut:
        return self.keeper.apply(self.batch)
