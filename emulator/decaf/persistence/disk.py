"""The data directory: a SQLite file that has every record, and the messages in a table of their own.

Rule: nobody but the owner can read what is written here, whatever the umask. A file that is not Decaf's, of a later
version, or damaged is reported and left as it is. Each record has a checksum, by which a change is found. SQLite's own
lock keeps a second process out.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from decaf.persistence import queues, unwritable
from decaf.persistence.batch import Batch, Document, Inserted, Remembered, key_of, queue_number
from decaf.persistence.checksum import Row, checked, with_checksum
from decaf.persistence.errors import NotWritten, Unusable
from decaf.persistence.keeper import ROWS, Contents, Progress
from decaf.persistence.reading import Documents, contents_of, message_of
from decaf.persistence.snapshot import BACKUP, Snapshot
from decaf.persistence.unwritable import LeftOut
from decaf.persistence.write_ahead_log import check_log
from decaf.sqs.message import Message

FILE = "decaf.sqlite"
_COPY = "backup.sqlite"  # exists while it is made and sent
VERSION = 2
_OURS = 0xDECAF  # SQLite's application_id
_SYNCHRONOUS = {"commit": "FULL", "second": "FULL", "none": "OFF"}
_PRIVATE = 0o600
_HEADER = 100  # bytes
_PROBE = 65_536  # bytes
_SMALL = (
    64 * 1024 * 1024
)  # bytes of a file whose whole structure is checked at each start: it takes a tenth of a second
_STEP = 20_000  # messages between two reports of progress

SCHEMA = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    account TEXT NOT NULL,
    number INTEGER,
    record BLOB NOT NULL,
    UNIQUE (kind, key)
);
CREATE TABLE messages (
    key INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    due REAL NOT NULL,
    receive_count INTEGER NOT NULL,
    received_before INTEGER NOT NULL,
    first_received_at REAL,
    received_at REAL NOT NULL,
    id TEXT NOT NULL,
    sent_at REAL NOT NULL,
    sender_id TEXT NOT NULL,
    body TEXT NOT NULL,
    optional_fields BLOB
);
CREATE TABLE remembered (
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    account TEXT NOT NULL,
    at REAL NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (kind, owner, key)
) WITHOUT ROWID;
CREATE TABLE archived (
    topic TEXT NOT NULL,
    number INTEGER NOT NULL,
    account TEXT NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (topic, number)
);
CREATE TABLE inbox (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    record BLOB NOT NULL
);
"""

# What identifies a record in each table, and the other columns that its checksum covers.
_COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "documents": (("kind", "key"), ("account", "number", "record")),
    "messages": (
        ("key",),
        (
            "state",
            "due",
            "receive_count",
            "received_before",
            "first_received_at",
            "received_at",
            "id",
            "sent_at",
            "sender_id",
            "body",
            "optional_fields",
        ),
    ),
    "remembered": (("kind", "owner", "key"), ("account", "at", "record")),
    "archived": (("topic", "number"), ("account", "record")),
    "inbox": (("number",), ("account", "record")),
}

# The statements that write and read a row of a table; written out once, for every commit uses them.
_PUT = {
    table: f"INSERT OR REPLACE INTO {table} VALUES ({'?, ' * len((*keys, *others))}?)"
    for table, (keys, others) in _COLUMNS.items()
}
_SELECT = {
    table: f"SELECT {', '.join((*keys, *others, 'checksum'))} FROM {table} "
    for table, (keys, others) in _COLUMNS.items()
}

# Records of the first version stay without a checksum until they are written again.
_CHECKSUMS = "".join(f"ALTER TABLE {table} ADD COLUMN checksum BLOB;" for table in _COLUMNS)

# The SQL that brings a file to the next version, by its version.
_MIGRATIONS: dict[int, str] = {0: SCHEMA, 1: _CHECKSUMS}

# Raised when a damaged file is read: by SQLite, or for a record that is none, or that names something missing.
_DAMAGE = (sqlite3.DatabaseError, msgspec.MsgspecError, LookupError, TypeError, ValueError)

# Raised for a record that cannot be written.
_OF_RECORDS = (sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError)

_encode = msgspec.json.Encoder().encode


class Changed(ValueError):
    """A record is not as it was written; the text says which, and what can be done."""

    def __init__(self, table: str, row: Sequence[Any]) -> None:
        where = " AND ".join(
            f"{column} = {_literal(value)}" for column, value in zip(_COLUMNS[table][0], row, strict=False)
        )
        super().__init__(
            f"a record in its table {table} has changed since it was written, that with {where}. Restore a backup, or "
            f"start without the record: DELETE FROM {table} WHERE {where}"
        )


def _literal(value: Any) -> str:
    text = str(value).replace("'", "''")
    return f"'{text}'" if isinstance(value, str) else text


class Disk:
    """An open data directory. Raises Unusable.

    With `durability` "commit" or "second" each commit waits until it is on the disk, with "none" it does not.
    """

    def __init__(self, directory: Path, durability: str) -> None:
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unusable(f"{directory} cannot be made: {error.strerror}") from error
        self.path = directory / FILE
        self.name = str(self.path)
        self._durability = durability
        self._was_closed = False  # by the process before: only then is there no log
        self._connection = self._open()

    def apply(self, batch: Batch) -> LeftOut:
        """Write a batch, but for records that cannot be written. Returns what these are of. Raises NotWritten."""
        return unwritable.write(batch, self._apply)

    def _apply(self, batch: Batch) -> None:
        """Write a batch. Raises NotWritten, or any other error for a record that cannot be written."""
        with self._transaction() as write:
            _reset(write, batch)
            for document in batch.documents:
                _write_document(write, document)
            if batch.deleted:
                write.executemany("DELETE FROM messages WHERE key = ?", batch.deleted)
            if batch.inserted:
                _put(write, "messages", map(_row, batch.inserted))
            if batch.changed:
                _put(write, "messages", map(_row, batch.changed))
            _remember(write, batch)

    def delete_messages(self, keys: Sequence[tuple[int]], number: int | None) -> bool:
        """Delete the messages of the keys, and up to ROWS of those of a queue's number.

        Returns whether it may have more. Raises NotWritten.
        """
        with self._transaction() as write:
            write.executemany("DELETE FROM messages WHERE key = ?", keys)
            if number is None:
                return False
            some = "SELECT key FROM messages WHERE key >= ? AND key < ? LIMIT ?"
            deleted = write.execute(f"DELETE FROM messages WHERE key IN ({some})", (*_keys(number), ROWS))
            return deleted.rowcount == ROWS

    def keep_code(self, digest: bytes, zipped: bytes) -> None:
        """The data directory has it already, unpacked."""

    def keep_key(self, key: str) -> None:
        """Write the private key that signs (PEM). Raises NotWritten."""
        with self._transaction() as write:
            _put_document(write, ("key", "", "", None, key))

    def count_start(self) -> int:
        """Count a start. Returns the number of earlier ones. Raises NotWritten."""
        with self._transaction() as write:
            row = write.execute("SELECT record FROM documents WHERE kind = 'starts'").fetchone()
            starts = 0 if row is None else int(row[0])
            _put_document(write, ("starts", "", "", None, str(starts + 1)))
        return starts

    def load(self, progress: Progress | None = None) -> Contents:
        """Returns the contents. Raises Unusable for a damaged file."""
        try:
            self._check_structure()
            return _read(self._connection, progress)
        except Changed as changed:
            raise Unusable(f"{self.path} is damaged: {changed}") from changed
        except _DAMAGE as error:
            raise Unusable(f"{self.path} is damaged: {_changed(self._connection) or error}") from error

    def _check_structure(self) -> None:
        """Raises DatabaseError for a file that has lost pages or rows, which no checksum tells.

        A large file that was closed is not read twice: for a million messages of 1 KiB this takes a second.
        """
        ((size,),) = self._connection.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        if size <= _SMALL:
            check = "integrity_check"
        elif not self._was_closed:
            check = "quick_check"
        else:
            return
        ((found,),) = self._connection.execute(f"PRAGMA {check}(1)")
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))

    def probe(self) -> None:
        """Write something and delete it again. Raises NotWritten when the disk does not take it, or Unusable.

        The file is opened anew, since SQLite does not promise much of a connection whose disk has failed; and the log
        is written into the file, since a system whose fsync failed once does not write those pages again by itself.
        """
        self._connection.close()
        self._connection = self._open()
        with self._transaction() as write:
            write.execute(
                "INSERT OR REPLACE INTO documents (kind, key, account, record) VALUES ('probe', '', '', zeroblob(?))",
                (_PROBE,),
            )
        with self._transaction() as write:
            write.execute("DELETE FROM documents WHERE kind = 'probe'")
        with _written():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def backup(self) -> BinaryIO:
        """Returns a copy of everything, as one file of this format, deleted when closed. Raises NotWritten."""
        file = self.path.with_name(_COPY)
        with _written():
            file.unlink(missing_ok=True)  # the process may have been killed while it copied
            try:
                os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))  # SQLite fills an empty file
                self._connection.execute("VACUUM INTO ?", (str(file),))
                return file.open("rb")
            finally:
                file.unlink(missing_ok=True)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException as error:
            with _written():
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise error

    def _open(self) -> sqlite3.Connection:
        version_of(self.path)
        self._was_closed = check_log(self.path)
        _make_private(self.path)
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=0)
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            bring_up_to_date(connection)
            _check_columns(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[self._durability]}")
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # of a changed byte in the names of columns
            if connection is not None:
                connection.close()
            raise Unusable(f"{self.path} {_reason(error)}") from error
        return connection


def _make_private(path: Path) -> None:
    """Make the file, and what is left of its log, readable by their owner alone: they have a private key.

    A new log of SQLite has the permissions of its file. SQLite reports what cannot be done here, as it opens the file.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE))
    for end in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            os.chmod(f"{path}{end}", _PRIVATE)


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Take the lock, and migrate the file to this version.

    This comes before a new file is given a write-ahead log: what stays in that when the process is killed is not in
    the header that `version_of` reads, and then nothing would say whose file it is.
    """
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute("COMMIT")
    for earlier in range(version, VERSION):
        connection.executescript(
            f"BEGIN IMMEDIATE; {_MIGRATIONS[earlier]}"
            f"PRAGMA application_id = {_OURS}; PRAGMA user_version = {earlier + 1}; COMMIT"
        )
    if version < VERSION:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _check_columns(connection: sqlite3.Connection) -> None:
    """Raises DatabaseError when a table has other columns than in a new file: SQLite would read it in another way."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        bring_up_to_date(new)
        for table in _COLUMNS:
            question = f"PRAGMA table_info({table})"
            if connection.execute(question).fetchall() != new.execute(question).fetchall():
                raise sqlite3.DatabaseError(f"its table {table} has other columns")


@contextmanager
def _written() -> Iterator[None]:
    """Raises NotWritten for an error of the disk; one of a record is raised as it is."""
    try:
        yield
    except _OF_RECORDS:
        raise
    except (sqlite3.Error, OSError) as error:
        raise NotWritten(str(error)) from error


def _reason(error: Exception) -> str:
    if "locked" in str(error):
        return "is in use by another process"
    if isinstance(error, sqlite3.OperationalError):
        return f"cannot be used: {error}"
    return f"is damaged: {error}"


def version_of(path: Path) -> int:
    """Returns the version of a file, 0 when there is none yet. Raises Unusable for one not ours or of a later version.

    Source: the SQLite documentation, "Database File Format", the header.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from error
    return _version(head, str(path)) if head else 0


def _version(head: bytes, name: str) -> int:
    """Returns the version in a file's header. Raises Unusable as version_of."""
    if head[:16] != BACKUP or len(head) < _HEADER:
        raise Unusable(f"{name} is damaged, or no store of Decaf's")
    if int.from_bytes(head[68:72], "big") != _OURS:
        raise Unusable(f"{name} is no store of Decaf's")
    version = int.from_bytes(head[60:64], "big")
    if version > VERSION:
        raise Unusable(f"{name} is of version {version}; this Decaf reads up to {VERSION}")
    return version


def read_backup(file: bytes) -> Snapshot:
    """Returns the state in a backup, or in the file of a server that was stopped. Raises Unusable."""
    _version(file[:_HEADER], "the file")
    without_log = file[:18] + b"\1\1" + file[20:]  # memory cannot hold one
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.isolation_level = None
            connection.deserialize(without_log)
            bring_up_to_date(connection)
            _check_columns(connection)
            contents = _read(connection, None)
    except _DAMAGE as error:
        raise Unusable(f"the file is damaged: {error}") from error
    messages = {arn: tuple(map(queues.write_message, each)) for arn, each in contents.messages.items()}
    return msgspec.structs.replace(contents.snapshot, messages=messages)


def _row(inserted: Inserted) -> Row:
    key, state, due, receives, of_others, first_at, last_at, id_, sent_at, sender, body, optional_fields = inserted
    return (
        key,
        state,
        due + 0.0,  # as SQLite returns it: a float, and not -0.0
        receives,
        of_others,
        None if first_at is None else first_at + 0.0,
        last_at + 0.0,
        id_,
        sent_at + 0.0,
        sender,
        body if isinstance(body, str) else body(),
        None if optional_fields is None else _encode(optional_fields),
    )


def _put(write: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    """Write rows with all columns but the checksum, in place of those with the same keys."""
    write.executemany(_PUT[table], map(with_checksum, rows))


def _reset(write: sqlite3.Connection, batch: Batch) -> None:
    for account in batch.reset_accounts:
        _reset_account(write, account)
    for owner in batch.cleared_owners:
        write.execute("DELETE FROM remembered WHERE kind IN ('sent', 'attempt') AND owner = ?", (owner,))
        write.execute("DELETE FROM archived WHERE topic = ?", (owner,))


def _reset_account(write: sqlite3.Connection, account: str | None) -> None:
    if account is None:
        for table in ("remembered", "archived", "inbox"):
            write.execute(f"DELETE FROM {table}")
        write.execute("DELETE FROM documents WHERE kind NOT IN ('key', 'starts', 'clock')")
        return
    for table in ("documents", "remembered", "archived", "inbox"):
        write.execute(f"DELETE FROM {table} WHERE account = ?", (account,))


def _keys(number: int) -> tuple[int, int]:
    """Returns the first key that the messages of a queue can have, and the first after them."""
    return key_of(number, 0), key_of(number + 1, 0)


def _write_document(write: sqlite3.Connection, document: Document) -> None:
    """Upsert: a changed document keeps its place in the order of creation."""
    if document.record is None:
        write.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (document.kind, document.key))
        return
    row = (document.kind, document.key, document.account, document.number, _encode(document.record))
    _put_document(write, row)


def _put_document(write: sqlite3.Connection, row: Row) -> None:
    write.execute(
        "INSERT INTO documents (kind, key, account, number, record, checksum) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (kind, key) DO UPDATE SET "
        "account = excluded.account, number = excluded.number, record = excluded.record, checksum = excluded.checksum",
        with_checksum(row),
    )


def _remembered_row(each: Remembered) -> Row:
    return each.kind, each.owner, each.key, each.account, each.at + 0.0, _encode(each.record)


def _remember(write: sqlite3.Connection, batch: Batch) -> None:
    """Most commits have none of these rows, and even without rows a statement costs SQLite a look-up."""
    if batch.remembered_until is not None:
        write.execute("DELETE FROM remembered WHERE at <= ?", (batch.remembered_until,))
    for remembered in (*(each.remembered() for each in batch.restored), batch.remembered):
        if remembered:
            _put(write, "remembered", map(_remembered_row, remembered))
    if batch.trimmed:
        write.executemany("DELETE FROM archived WHERE topic = ? AND number < ?", batch.trimmed)
    if batch.archived:
        archived = ((topic, number, account, _encode(record)) for topic, number, account, record in batch.archived)
        _put(write, "archived", archived)
    if batch.inbox_rewritten:
        write.execute("DELETE FROM inbox")
    for account in batch.inbox_cleared:
        write.execute("DELETE FROM inbox WHERE coalesce(account = ?, TRUE)", (account,))
    if batch.inbox:
        _put(write, "inbox", ((number, entry.account, _encode(entry)) for number, entry in batch.inbox))
        write.execute(
            "DELETE FROM inbox WHERE number <= (SELECT number FROM inbox ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (batch.inbox_size,),
        )


def _rows(connection: sqlite3.Connection, table: str, clause: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
    """Yields rows of a table, with their checksum at the end. Raises Changed for one that is not as it was written."""
    return checked(connection.execute(_SELECT[table] + clause, parameters), lambda row: Changed(table, row))


def _changed(connection: sqlite3.Connection) -> Changed | None:
    """Returns the error of the first record that is not as it was written, also of one that has no text any more."""
    connection.text_factory = lambda text: text.decode(errors="replace")
    try:
        for table in _COLUMNS:
            deque(_rows(connection, table, ""), maxlen=0)
    except Changed as changed:
        return changed
    except sqlite3.Error:  # it is damaged in another way
        return None
    finally:
        connection.text_factory = str
    return None


def _read(connection: sqlite3.Connection, progress: Progress | None) -> Contents:
    documents, contents_key = Documents(), None
    for kind, key, _, number, record, _ in _rows(connection, "documents", "ORDER BY id"):
        documents.read(kind, key, number, record)
        if kind == "key":
            contents_key = record
    return contents_of(
        documents,
        sent=_records(connection, "remembered", "WHERE kind = 'sent' ORDER BY at"),
        attempts=_records(connection, "remembered", "WHERE kind = 'attempt' ORDER BY at"),
        archived=_records(connection, "archived", "ORDER BY topic, number"),
        inbox=_records(connection, "inbox", "ORDER BY number"),
        messages=_read_messages(connection, documents.numbers, progress),
        abandoned=_abandoned(connection, documents.numbers),
        key=contents_key,
        inbox_count=connection.execute("SELECT coalesce(max(number), 0) FROM inbox").fetchone()[0],
    )


def _records(connection: sqlite3.Connection, table: str, clause: str) -> Iterator[bytes]:
    return (row[-2] for row in _rows(connection, table, clause))


def _read_messages(
    connection: sqlite3.Connection, numbers: dict[int, str], progress: Progress | None
) -> dict[str, list[Message]]:
    most = _most(connection, numbers) if progress is not None else 0
    done = 0
    messages: dict[str, list[Message]] = {}
    for number, arn in numbers.items():
        read = messages[arn] = []
        rows = _rows(connection, "messages", "WHERE key >= ? AND key < ? ORDER BY key", _keys(number))
        while _read_some(rows, read):
            if progress is not None:
                progress(done + len(read), most)
        done += len(read)
    return messages


def _abandoned(connection: sqlite3.Connection, numbers: Mapping[int, str]) -> list[int]:
    """Returns the numbers of messages that no queue has: the server ended before it had deleted them."""
    found: list[int] = []
    key = 0
    while (row := next(_rows(connection, "messages", "WHERE key >= ? ORDER BY key LIMIT 1", (key,)), None)) is not None:
        number = queue_number(row[0])
        if number not in numbers:
            found.append(number)
        key = key_of(number + 1, 0)
    return found


def _read_some(rows: Iterator[Any], read: list[Message]) -> int:
    """Append the next of a queue's messages to `read`. Returns how many they are; 0: there are no more."""
    before = len(read)
    read += map(message_of, islice(rows, _STEP))
    return len(read) - before


def _most(connection: sqlite3.Connection, numbers: Iterable[int]) -> int:
    """Returns how many messages there can be between the first and the last of each queue.

    To count them would take a tenth as long as to read them.
    """
    most = 0
    for number in numbers:
        keys = _keys(number)
        ((first,),) = connection.execute("SELECT min(key) FROM messages WHERE key >= ? AND key < ?", keys)
        ((last,),) = connection.execute("SELECT max(key) FROM messages WHERE key >= ? AND key < ?", keys)
        most += 0 if first is None else last - first + 1
    return most
