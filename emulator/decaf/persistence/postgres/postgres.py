"""The keeper in PostgreSQL: what one node, which holds the lease of a shard, reads and writes.

Rule: each change goes through a function that compares the owner, the epoch and the number of commits with those here,
so nothing is written once another node owns the shard. When a connection is lost nobody knows whether its last
statement was done. Then the shard's row is read and locked, which waits for that statement's end, and its number of
commits tells: nobody else can have counted it up under this owner and epoch.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from decaf.base.clock import pause, seconds
from decaf.base.shard import Shard
from decaf.persistence import unwritable
from decaf.persistence.batch import Batch, key_of
from decaf.persistence.errors import Fenced, NotWritten, Unusable
from decaf.persistence.keeper import ROWS, Contents, Progress
from decaf.persistence.postgres import loading
from decaf.persistence.postgres.committing import ARGUMENTS, arguments
from decaf.persistence.postgres.ownership import Lease
from decaf.persistence.postgres.session import Lost, Session, name_of
from decaf.persistence.unwritable import LeftOut

if TYPE_CHECKING:
    from asyncpg import Connection

_log = logging.getLogger("decaf")

# Seconds in which a lost connection is made again, before a write counts as not written; SDKs wait for 60.
PATIENCE = 30.0
_PAUSE = 0.2  # seconds between two trials

_COMMIT = f"SELECT commit_batch({', '.join(f'${n + 1}' for n in range(ARGUMENTS))})"
_DELETE = "SELECT delete_messages($1, $2, $3, $4, $5, $6, $7, $8)"
_KEEP_KEY = "SELECT keep_key($1, $2, $3, $4, $5)"
_STATE = "SELECT owner, epoch, seq FROM shards WHERE shard = $1 FOR UPDATE"
_PROBE = "UPDATE shards SET seq = seq + 1 WHERE shard = $1 AND owner = $2 AND epoch = $3 RETURNING seq"


class Postgres:
    """A shard, of so many `shards`, in the database at `url`, under a lease. `on_fenced` is called, in whatever thread
    found it out, when another node owns it.

    With `durability` "commit" or "second" each commit waits until it is on the disk of the database, with "none" it
    does not.
    """

    def __init__(
        self,
        url: str,
        lease: Lease,
        durability: str = "commit",
        on_fenced: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
        shards: int = 1,
    ) -> None:
        self.name = name_of(url)
        self.shard = Shard(lease.shard, shards)
        self._lease = lease
        self._seq = lease.seq
        self._session = Session(url, lease.owner, durability != "none")
        self._on_fenced = on_fenced
        self._patience = patience
        self._is_fenced = False
        self.spent = 0.0  # seconds, on all commits
        self._is_behind = False  # a write was given up, and nobody has asked yet whether it was done

    @property
    def seq(self) -> int:
        """The number of commits, as far as this keeper knows."""
        return self._seq

    @property
    def commits(self) -> int:
        """The number of commits under this lease."""
        return self._seq - self._lease.seq

    def apply(self, batch: Batch) -> LeftOut:
        """Write a batch, but for records that cannot be written. Returns what these are of. Raises NotWritten."""
        return unwritable.write(batch, self._apply)

    def _apply(self, batch: Batch) -> None:
        self._write(_COMMIT, *arguments(batch))

    def delete_messages(self, keys: Sequence[tuple[int]], number: int | None) -> bool:
        """Delete the messages of the keys, and up to ROWS of those of a queue's number.

        Returns whether it may have more. Raises NotWritten.
        """
        behind = 0 if number is None else number + 1
        found = self._write(_DELETE, [key for (key,) in keys], key_of(number or 0, 0), key_of(behind, 0), ROWS)
        return number is not None and found in (ROWS, None)

    def keep_key(self, key: str) -> None:
        """Write the private key that signs (PEM), unless there is one. Raises NotWritten."""
        self._write(_KEEP_KEY, key.encode())

    def count_start(self) -> int:
        """Returns the number of takeovers before this one: each counts as a start."""
        return self._lease.epoch - 1

    def load(self, progress: Progress | None = None) -> Contents:
        """Returns all that the shard has. Raises Unusable when it is damaged, NotWritten when it cannot be read."""
        try:
            return self._session.run(lambda connection: loading.load(connection, self.shard, progress), may_last=True)
        except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
            raise Unusable(f"{self.name} is damaged: {error}") from error

    def probe(self) -> None:
        """Find out whether the shard can be written. Raises NotWritten.

        It counts as a commit, so that a statement of a lost connection that comes late is refused.
        """
        self._check()
        lease = self._lease
        self._session.drop()
        seq = self._session.run(lambda connection: connection.fetchval(_PROBE, lease.shard, lease.owner, lease.epoch))
        if seq is None:
            self._fence()
        self._seq, self._is_behind = seq, False

    def backup(self) -> BinaryIO:
        """Returns a copy of everything, as the file of a data directory, deleted when closed. Raises NotWritten."""
        from decaf.persistence.disk import FILE, Disk  # loads SQLite, which nodes do without

        with tempfile.TemporaryDirectory(prefix="decaf-backup-") as directory:
            disk = Disk(Path(directory), "none")
            try:
                self._session.run(lambda connection: loading.copy(connection, self.shard, disk), may_last=True)
            finally:
                disk.close()
            return Path(directory, FILE).open("rb")

    def give_up(self) -> None:
        """Write nothing more, since another node owns the shard. What is under way raises Fenced. From any thread."""
        self._is_fenced = True
        self._session.drop()

    def close(self) -> None:
        self._session.close()

    def _write(self, statement: str, *values: Any) -> Any:
        """Call a function that writes. Returns what it returns; None when it was done and the answer was lost.

        Raises NotWritten, or asyncpg's DataError for a value that cannot be written.
        """
        if self._is_behind:
            self.probe()
        began = seconds()
        until = began + self._patience
        is_unsure = False
        while True:
            self._check()
            try:
                if is_unsure and self._is_done():
                    self._seq += 1
                    return None
                found = self._session.run(lambda connection: self._call(connection, statement, values))
            except Lost:
                is_unsure = True
                if seconds() >= until:
                    self._is_behind = True
                    raise
                pause(_PAUSE)
                continue
            if found is None:
                if not is_unsure:
                    self._fence()
                continue  # a trial before this one has been done after all
            self._seq += 1
            self.spent += seconds() - began
            return found

    async def _call(self, connection: Connection, statement: str, values: tuple[Any, ...]) -> Any:
        lease = self._lease
        return await connection.fetchval(statement, lease.shard, lease.owner, lease.epoch, self._seq, *values)

    def _is_done(self) -> bool:
        """Returns whether the commit after the last that is known was done. Raises Lost while that cannot be found out,
        Fenced when another node owns the shard.
        """
        try:
            row = self._session.run(lambda connection: connection.fetchrow(_STATE, self._lease.shard))
        except NotWritten as error:  # its row is locked by the statement in question, perhaps
            raise Lost(str(error)) from error
        owner, epoch, seq = row
        if (owner, epoch) != (self._lease.owner, self._lease.epoch) or seq not in (self._seq, self._seq + 1):
            self._fence()
        return bool(seq == self._seq + 1)

    def _check(self) -> None:
        if self._is_fenced:
            raise Fenced("another node owns the state now")

    def _fence(self) -> None:
        self._is_fenced = True
        self._on_fenced()
        self._check()
