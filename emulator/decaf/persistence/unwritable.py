"""Records that cannot be written, whatever the state of the disk: a text with half a surrogate pair, a huge number.

Rule: such a record keeps back no other. It is left out of its batch, the call that made it is refused, and the log says
so; then the state is read from the disk, so that memory does not have it either. What clients send is checked long
before: only an error of Decaf's own leads here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from decaf.persistence.batch import Batch
from decaf.persistence.errors import NotWritten
from decaf.sqs.message import Message
from decaf.store import Region

T = TypeVar("T")

LeftOut = frozenset[str]  # ARNs, and ids of messages
NOTHING: LeftOut = frozenset()

_BEYOND = 1 << 63  # the numbers that a column can have end here

_log = logging.getLogger("decaf")
_encode = msgspec.json.Encoder().encode


def write(batch: Batch, written: Callable[[Batch], None]) -> LeftOut:
    """Write a batch by `written`, but for records that cannot be written. Returns what these are of.

    `written` raises NotWritten when nothing can be written, and any other error for a record. Raises the same.
    """
    try:
        written(batch)
    except NotWritten:
        raise
    except Exception as error:
        rest, left_out = separate(batch)
        if not left_out:
            raise
        _log.error("a record cannot be written: that of %s", ", ".join(sorted(left_out)), exc_info=error)
        written(rest)
        return left_out
    return NOTHING


def separate(batch: Batch) -> tuple[Batch, LeftOut]:
    """Returns the batch without the records that cannot be written, and what these are of."""
    left_out: set[str] = set()

    def writable(items: Iterable[tuple[T, str, Iterable[Any]]]) -> list[T]:
        found = []
        for item, name, values in items:
            if all(map(_is_writable, values)):
                found.append(item)
            else:
                left_out.add(name)
        return found

    rest = replace(
        batch,
        documents=writable((each, each.key, (each.key, each.account, each.record)) for each in batch.documents),
        inserted=writable((row, row[7], row) for row in batch.inserted),
        changed=writable((row, row[7], row) for row in batch.changed),
        remembered=writable((each, each.owner, (each.key, each.record)) for each in batch.remembered),
        archived=writable((row, row[0], row) for row in batch.archived),
        inbox=writable((row, f"inbox entry {row[0]}", row) for row in batch.inbox),
    )
    return rest, frozenset(left_out)


def names(changed: Iterable[Any]) -> LeftOut:
    """Returns what LeftOut calls messages, alone or with their queue, regions, and whatever has an ARN or is one."""
    return frozenset(map(_name, changed))


def _name(piece: Any) -> str:
    if isinstance(piece, Region):
        return f"{piece.account}/{piece.name}"
    of = piece[-1] if type(piece) is tuple else piece
    return of.id if isinstance(of, Message) else str(getattr(of, "arn", of))


def _is_writable(value: Any) -> bool:
    try:
        return _fits(value() if callable(value) else value)
    except Exception:  # any: a record is of any kind, and what made it, too
        return False


def _fits(value: Any) -> bool:
    """Returns whether a column can have a value. Raises any error if not."""
    if isinstance(value, int):
        return -_BEYOND <= value < _BEYOND
    if isinstance(value, str):
        value.encode()
    elif value is not None and not isinstance(value, float):
        _encode(value)
    return True
