"""The file of a snapshot, in lines of JSON: the first has all but the messages, each other one some of a queue's.

Rule: a line has only so many messages. So a file of any length is written and read in slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from decaf.api.sns.service import Sns
from decaf.api.sqs.service import Sqs
from decaf.persistence import queues
from decaf.persistence.errors import Unusable
from decaf.persistence.records import MessageRecord, Record
from decaf.persistence.snapshot import BACKUP, VERSION, BadSnapshot, Snapshot, queues_of, take_rest
from decaf.sqs.queue import Queue

LINE = 1_000  # messages in a line: to write it takes about 3 milliseconds
_AT_ONCE = 5_000  # messages that are written in the moment of which the snapshot is

Part = tuple[str, Sequence[MessageRecord]]  # messages of the queue of that ARN


class MessagesLine(Record, frozen=True, forbid_unknown_fields=True):
    """Messages of the queue of that ARN, in the order of their numbers; those of a queue are in lines that follow each
    other.
    """

    queue: str
    messages: tuple[MessageRecord, ...]


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0


_encode = msgspec.json.Encoder().encode
_decode_messages = msgspec.json.Decoder(MessagesLine).decode


def encode(snapshot: Snapshot) -> bytes:
    """Returns the file of a snapshot."""
    return b"\n".join(lines_of(snapshot))


def decode(file: bytes) -> Snapshot:
    """Returns the snapshot in a file. Raises BadSnapshot."""
    snapshot, parts = read(split(file))
    messages: dict[str, tuple[MessageRecord, ...]] = {}
    for arn, records in parts:
        messages[arn] = (*messages.get(arn, ()), *records)
    return msgspec.structs.replace(snapshot, messages=messages)


def lines_of(snapshot: Snapshot) -> Iterator[bytes]:
    """Yields the lines of a snapshot's file."""
    yield _encode(msgspec.structs.replace(snapshot, messages={}))
    for arn, records in parts_of(snapshot):
        yield encode_line(arn, records)


def encode_line(arn: str, records: Sequence[MessageRecord]) -> bytes:
    """Returns the line of some messages of a queue."""
    return _encode(MessagesLine(queue=arn, messages=tuple(records)))


def parts_of(snapshot: Snapshot) -> Iterator[Part]:
    """Yields the messages of a snapshot, as many at a time as a line has."""
    for arn, records in snapshot.messages.items():
        for start in range(0, len(records), LINE):
            yield arn, records[start : start + LINE]


def split(file: bytes) -> Iterator[memoryview]:
    """Yields the lines of a file, which are not copied."""
    view, start = memoryview(file), 0
    while (end := file.find(b"\n", start)) >= 0:
        yield view[start:end]
        start = end + 1
    yield view[start:]


def read(lines: Iterable[bytes | memoryview]) -> tuple[Snapshot, Iterator[Part]]:
    """Returns what the first line of a file has, and the messages, which are read as they are asked for.

    Raises BadSnapshot, and the messages may.
    """
    remaining = iter(lines)
    first = next(remaining, b"")
    try:
        head = msgspec.json.decode(first, type=_Head)
        if head.format != "decaf-snapshot":
            raise BadSnapshot("this is no snapshot of Decaf's")
        if head.version > VERSION:
            raise BadSnapshot(f"this snapshot is of version {head.version}; this Decaf reads up to {VERSION}")
        snapshot = msgspec.json.decode(first, type=Snapshot)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _no_snapshot(error) from None
    return msgspec.structs.replace(snapshot, messages={}), _read_parts(snapshot, remaining)


def is_backup(file: bytes) -> bool:
    """Returns whether a file is a copy of a data directory, which can be restored, too."""
    return file.startswith(BACKUP)


def read_file(file: bytes) -> tuple[Snapshot, Iterator[Part]]:
    """As `read`, of a whole file, which may be a backup, too. Raises BadSnapshot."""
    if not is_backup(file):
        return read(split(file))
    from decaf.persistence.disk import read_backup  # loads SQLite, which few need

    try:
        snapshot = read_backup(file)
    except Unusable as error:
        raise BadSnapshot(str(error)) from None
    return msgspec.structs.replace(snapshot, messages={}), parts_of(snapshot)


def _read_parts(first: Snapshot, lines: Iterator[bytes | memoryview]) -> Iterator[Part]:
    yield from parts_of(first)
    for line in lines:
        if not line:
            continue
        try:
            part = _decode_messages(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _no_snapshot(error) from None
        yield part.queue, part.messages


def _no_snapshot(error: Exception) -> BadSnapshot:
    return BadSnapshot(f"this is no snapshot of Decaf's: {error}")


class Taking:
    """The file of the present state, of all accounts or of one, written in slices.

    It is of the moment in which this is made: until the messages of a large queue are written, the queue is held.
    """

    def __init__(self, sqs: Sqs, sns: Sns, account: str | None) -> None:
        self.snapshot = take_rest(sqs, sns, account)
        self._queues = [_WrittenQueue(queue) for queue in queues_of(sqs, account) if queue.messages]
        room = _AT_ONCE
        for written in sorted(self._queues, key=lambda written: len(written.messages)):
            room -= len(written.messages)
            if room >= 0:
                written.finish()
            else:
                written.queue.hold(written.slices)

    @property
    def messages(self) -> int:
        """The number of messages."""
        return sum(len(written.messages) for written in self._queues)

    def finishing(self) -> Iterator[None]:
        """Yields after each slice of what is left when nothing is held for it any more, as after a reset."""
        for written in self._queues:
            yield from written.slices

    def lines(self) -> tuple[bytes, ...]:
        """Returns the lines of the file, once all is written."""
        return _encode(self.snapshot), *(line for written in self._queues for line in written.lines)


class _WrittenQueue:
    """The messages that a queue has now, and the lines of them; each of `slices` adds one."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.messages = list(queue.messages.values())
        self.lines: list[bytes] = []
        self.slices: Iterator[None] = map(self._write, range(0, len(self.messages), LINE))

    def finish(self) -> None:
        for _ in self.slices:
            pass

    def _write(self, start: int) -> None:
        records = tuple(map(queues.write_message, self.messages[start : start + LINE]))
        self.lines.append(encode_line(str(self.queue.arn), records))
