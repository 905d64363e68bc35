"""The file of a snapshot, in lines of JSON: the first says what it is, then come all records, and last the messages.

Rule: a line has only so many records of one kind, or messages of one queue. So a file of any length is written and read
in slices. In the first version all but the messages was in the first line.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import msgspec

from decaf.api.sns.service import Sns
from decaf.api.sqs.service import Sqs
from decaf.base.slices import at_once
from decaf.persistence import queues
from decaf.persistence.errors import Unusable
from decaf.persistence.records import MessageRecord, OrderRecord
from decaf.persistence.snapshot import (
    BACKUP,
    VERSION,
    BadSnapshot,
    Parts,
    Rest,
    Snapshot,
    queues_of,
    take_head,
    take_rest,
    with_parts,
)
from decaf.sqs.queue import Queue

LINE = 1_000  # messages or records in a line: to write it takes about 3 milliseconds
MESSAGES = b'{"queue":'  # what a line of messages begins with
_AT_ONCE = 5_000  # messages that are written in the moment of which the snapshot is

Part = tuple[str, Sequence[MessageRecord]]  # messages of the queue of that ARN


class Line(Rest, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Some records; or messages of the queue of that ARN, in the order of their numbers. Those of a queue are in lines
    that follow each other.
    """

    queue: str = ""
    messages: tuple[MessageRecord, ...] = ()


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0
    account: str | None = None


_encode = msgspec.json.Encoder().encode
_decode_line = msgspec.json.Decoder(Line).decode


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
    yield encode_head(snapshot)
    yield from lines_of_rest({name: _items(getattr(snapshot, name)) for name in Rest.__struct_fields__})
    for arn, records in parts_of(snapshot):
        yield encode_line(arn, records)


def encode_head(snapshot: Snapshot) -> bytes:
    """Returns the first line of a snapshot's file."""
    head = Snapshot(format=snapshot.format, version=snapshot.version, clock=snapshot.clock, account=snapshot.account)
    return _encode(head)


def lines_of_rest(parts: Parts) -> Iterator[bytes]:
    """Yields the lines of all records but the messages; each order has its own, since it may be long."""
    for name, part in parts.items():
        records = iter(part)
        while some := list(islice(records, 1 if name == "orders" else LINE)):
            yield _encode({name: dict(some) if name == "orders" else some})


def _items(part: Any) -> Iterable[Any]:
    return part.items() if isinstance(part, dict) else part


def encode_line(arn: str, records: Sequence[MessageRecord]) -> bytes:
    """Returns the line of some messages of a queue."""
    return _encode({"queue": arn, "messages": records})


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
    """As `reading`, without a break."""
    return at_once(reading(lines))


def reading(lines: Iterable[bytes | memoryview]) -> Generator[None, None, tuple[Snapshot, Iterator[Part]]]:
    """Read, in slices, all of a file but the messages; returns that, and the messages, which are read as they are asked
    for.

    Raises BadSnapshot, and the messages may.
    """
    remaining = iter(lines)
    first = _read_first(next(remaining, b""))
    parts: dict[str, list[Any]] = {name: [*_items(getattr(first, name))] for name in Rest.__struct_fields__}
    read = (read_line(line) for line in remaining if line)
    of_messages: list[Line] = []
    for line in read:
        if line.queue:
            of_messages.append(line)
            break
        for name, part in parts.items():
            part += _items(getattr(line, name))
        yield
    snapshot = with_parts(msgspec.structs.replace(first, messages={}), parts)
    return snapshot, chain(parts_of(first), map(_messages_of, chain(of_messages, read)))


def _read_first(line: bytes | memoryview) -> Snapshot:
    try:
        head = msgspec.json.decode(line, type=_Head)
        if head.format != "decaf-snapshot":
            raise BadSnapshot("this is no snapshot of Decaf's")
        if head.version > VERSION:
            raise BadSnapshot(f"this snapshot is of version {head.version}; this Decaf reads up to {VERSION}")
        return msgspec.json.decode(line, type=Snapshot)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _no_snapshot(error) from None


def read_line(line: bytes | memoryview) -> Line:
    """Returns a line that is not the first. Raises BadSnapshot."""
    try:
        return _decode_line(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _no_snapshot(error) from None


def _messages_of(line: Line) -> Part:
    if not line.queue:
        raise BadSnapshot("this is no snapshot of Decaf's: there are records between the messages")
    return line.queue, line.messages


def is_backup(file: bytes) -> bool:
    """Returns whether a file is a copy of a data directory, which can be restored, too."""
    return file.startswith(BACKUP)


def read_file(file: bytes) -> tuple[Snapshot, Iterator[Part]]:
    """As `read`, of a whole file, which may be a backup, too. Raises BadSnapshot."""
    return from_backup(file) if is_backup(file) else read(split(file))


def from_backup(file: bytes) -> tuple[Snapshot, Iterator[Part]]:
    """As `read`, of a backup. Raises BadSnapshot."""
    from decaf.persistence.disk import read_backup  # loads SQLite, which few need

    try:
        snapshot = read_backup(file)
    except Unusable as error:
        raise BadSnapshot(str(error)) from None
    return msgspec.structs.replace(snapshot, messages={}), parts_of(snapshot)


def _no_snapshot(error: Exception) -> BadSnapshot:
    return BadSnapshot(f"this is no snapshot of Decaf's: {error}")


class Taking:
    """The file of the present state, of all accounts or of one, written in slices.

    It is of the moment in which this is made: until the messages of a large queue are written, the queue is held.
    """

    def __init__(self, sqs: Sqs, sns: Sns, account: str | None) -> None:
        self._head = take_head(sqs, account)
        self._rest = take_rest(sqs, sns, account)
        self._lines: list[bytes] = []
        self.account = account
        self.at = self._head.clock.at
        self.queues = len(queues_of(sqs, account))
        self.topics = sum(len(region.topics) for region in sqs.store.regions() if account in (None, region.account))
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
        for line in lines_of_rest(self._rest):
            self._lines.append(line)
            yield
        for written in self._queues:
            yield from written.slices

    def lines(self) -> tuple[bytes, ...]:
        """Returns the lines of the file, once all is written."""
        orders = [written.order for written in self._queues]
        return encode_head(self._head), *self._lines, *orders, *chain(*(written.lines for written in self._queues))


class _WrittenQueue:
    """The messages that a queue has now, the line of their order, and the lines of them; each of `slices` adds one."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.messages = list(queue.messages.values())
        self.order = b""
        self.lines: list[bytes] = []
        parts = map(self._write, range(0, len(self.messages), LINE))
        self.slices: Iterator[None] = chain(map(self._write_order, (queues.write_order(queue),)), parts)

    def finish(self) -> None:
        for _ in self.slices:
            pass

    def _write_order(self, order: Callable[[], OrderRecord]) -> None:
        self.order = _encode({"orders": {str(self.queue.arn): order()}})

    def _write(self, start: int) -> None:
        records = tuple(map(queues.write_message, self.messages[start : start + LINE]))
        self.lines.append(encode_line(str(self.queue.arn), records))
