"""The keeper in PostgreSQL: what one node, which holds the lease of a shard, reads and writes.

Rule: each change goes through a function that compares the owner, the epoch and the number of commits with those here,
so nothing is written once another node owns the shard. When a connection is lost nobody knows whether its last
statement was done. Then the shard's row is read and locked, which waits for that statement's end, and its number of
commits tells: nobody else can have counted it up under this owner and epoch.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from decaf.base.clock import pause, seconds
from decaf.base.shard import WHOLE, Shard, ShardMap
from decaf.persistence import unwritable
from decaf.persistence.batch import Batch, key_of
from decaf.persistence.errors import Fenced, NotWritten, Unusable
from decaf.persistence.keeper import ROWS, Contents, Progress
from decaf.persistence.postgres import code, loading
from decaf.persistence.postgres.committing import ARGUMENTS, arguments
from decaf.persistence.postgres.ownership import Lease
from decaf.persistence.postgres.session import Lost, Session, name_of
from decaf.persistence.unwritable import LeftOut

if TYPE_CHECKING:
    from asyncpg import Connection

_log = logging.getLogger("decaf")

# Seconds in which a lost connection is made again, before a write counts as not written; SDKs wait for 60.
PATIENCE = 30.0
PAUSE = 0.2  # seconds between two trials

_COMMIT = f"""
SELECT commit_batches(
    ARRAY[$1::integer], $2, ARRAY[$3::bigint], ARRAY[$4::bigint], {", ".join(f"${n + 1}" for n in range(4, ARGUMENTS))}
)
"""
_DELETE = "SELECT delete_messages($1, $2, $3, $4, $5, $6, $7, $8)"
_KEEP_KEY = "SELECT keep_key($1, $2, $3, $4, $5)"
_STATE = "SELECT owner, epoch, seq FROM shards WHERE shard = $1 FOR UPDATE"
_PROBE = "UPDATE shards SET seq = seq + 1 WHERE shard = $1 AND owner = $2 AND epoch = $3 RETURNING seq"


class Postgres:
    """A shard, of those in `shards`, in the database at `url`, under a lease. `on_fenced` is called, in whatever thread
    found it out, when another node owns it.

    It uses the connections of `session`, else its own. With `durability` "commit" or "second" each commit waits until
    it is on the disk of the database, with "none" it does not.
    """

    def __init__(
        self,
        url: str,
        lease: Lease,
        durability: str = "commit",
        on_fenced: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
        shards: ShardMap = WHOLE.map,
        session: Session | None = None,
    ) -> None:
        self.name = name_of(url)
        self.shard = Shard(lease.shard, shards)
        self._lease = lease
        self._seq = lease.seq
        self._session = session or Session(url, lease.owner, durability != "none")
        self._on_fenced = on_fenced
        self._patience = patience
        self._is_fenced = False
        self.spent = 0.0  # seconds, on all commits
        self._is_shared = False  # whether the connection is
        self._is_behind = False  # a write was given up, and nobody has asked yet whether it was done

    @property
    def seq(self) -> int:
        """The number of commits, as far as this keeper knows."""
        return self._seq

    @property
    def commits(self) -> int:
        """The number of commits under this lease."""
        return self._seq - self._lease.seq

    def share(self, session: Session) -> Session:
        """Write by a connection that other shards use, too; reading is done. All calls come from its thread then.

        Returns the connection that it had.
        """
        own, self._session, self._is_shared = self._session, session, True
        return own

    def apply(self, batch: Batch, is_unsure: bool = False) -> LeftOut:
        """Write a batch, but for records that cannot be written. Returns what these are of. Raises NotWritten.

        With `is_unsure` it may have been written already, by a trial whose answer was lost.
        """
        return unwritable.write(batch, partial(self._apply, is_unsure))

    def _apply(self, is_unsure: bool, batch: Batch) -> None:
        self._write(_COMMIT, *arguments([(self._lease.shard, batch)]), is_unsure=is_unsure)

    # for a commit of several shards

    @property
    def is_behind(self) -> bool:
        """Whether a write was given up, and nobody has asked yet whether it was done."""
        return self._is_behind

    def compared(self) -> tuple[int, str, int, int]:
        """Returns what a function that writes compares: shard, owner, epoch and number of commits."""
        return self._lease.shard, self._lease.owner, self._lease.epoch, self._seq

    def committed(self, took: float) -> None:
        """One more commit was done, in so many seconds."""
        self._seq += 1
        self.spent += took

    def fall_behind(self) -> None:
        """A write was given up, and nobody has asked yet whether it was done."""
        self._is_behind = True

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

    def keep_code(self, digest: bytes, zipped: bytes) -> None:
        """Write the code of a function: a zip file, and its digest. Raises NotWritten."""
        self._write(code.KEEP, digest, zipped)

    def read_code(self, digest: bytes) -> bytes | None:
        """Returns the zip file with a digest, None when there is none. Raises NotWritten when it cannot be read."""
        found: bytes | None = self._session.run(
            lambda connection: connection.fetchval(code.READ, self.shard.number, digest), may_last=True
        )
        return found

    def keep_only_code(self, used: Collection[bytes]) -> None:
        """Delete all code but that with these digests, if there is any. Raises NotWritten."""
        rows = self._session.run(lambda connection: connection.fetch(code.DIGESTS, self.shard.number))
        if not {digest for (digest,) in rows} <= set(used):
            self._write(code.KEEP_ONLY, [*used])

    def agree_on_key(self, key: str) -> str:
        """As `keep_key`; returns the key that there is, which another shard may have written. Raises NotWritten."""
        self.keep_key(key)
        kept = self._session.run(loading.read_key)
        assert kept is not None
        return kept

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
        self.check()
        lease = self._lease
        self._session.drop()
        seq = self._session.run(lambda connection: connection.fetchval(_PROBE, lease.shard, lease.owner, lease.epoch))
        if seq is None:
            self._fence()
        self._seq, self._is_behind = seq, False

    def backup(self) -> BinaryIO:
        """Returns a copy of all shards, as the file of a data directory, deleted when closed. Raises NotWritten."""
        from decaf.persistence.disk import FILE, Disk  # loads SQLite, which nodes do without

        with tempfile.TemporaryDirectory(prefix="decaf-backup-") as directory:
            disk = Disk(Path(directory), "none")
            try:
                self._session.run(lambda connection: loading.copy(connection, self.shard.count, disk), may_last=True)
            finally:
                disk.close()
            return Path(directory, FILE).open("rb")

    def give_up(self) -> None:
        """Write nothing more, since another node owns the shard. What is under way raises Fenced. From any thread."""
        self._is_fenced = True
        if not self._is_shared:
            self._session.drop()

    def close(self) -> None:
        if not self._is_shared:
            self._session.close()

    def _write(self, statement: str, *values: Any, is_unsure: bool = False) -> Any:
        """Call a function that writes. Returns what it returns; None when it was done and the answer was lost.

        Raises NotWritten, or asyncpg's DataError for a value that cannot be written.
        """
        if self._is_behind:
            self.probe()
        began = seconds()
        until = began + self._patience
        while True:
            self.check()
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
                pause(PAUSE)
                continue
            if found is None:
                if not is_unsure:
                    self._fence()
                continue  # a trial before this one has been done after all
            self.committed(seconds() - began)
            return found

    async def _call(self, connection: Connection, statement: str, values: tuple[Any, ...]) -> Any:
        return await connection.fetchval(statement, *self.compared(), *values)

    def _is_done(self) -> bool:
        """Returns whether the commit after the last that is known was done. Raises Lost while that cannot be found out,
        Fenced when another node owns the shard.
        """
        try:
            row = self._session.run(lambda connection: connection.fetchrow(_STATE, self._lease.shard))
        except NotWritten as error:  # its row is locked by the statement in question, perhaps
            raise Lost(str(error)) from error
        return self.is_counted(*row)

    def is_counted(self, owner: str | None, epoch: int, seq: int) -> bool:
        """Returns whether the database has one commit more than is known here. Raises Fenced when another node owns the
        shard."""
        if (owner, epoch) != (self._lease.owner, self._lease.epoch) or seq not in (self._seq, self._seq + 1):
            self._fence()
        return seq == self._seq + 1

    def check(self) -> None:
        """Raises Fenced when another node owns the shard, as far as is known here."""
        if self._is_fenced:
            raise Fenced("another node owns the state now")

    def _fence(self) -> None:
        self._is_fenced = True
        self._on_fenced()
        self.check()
