"""Records that cannot be written, whatever the state of the disk: a text with half a surrogate pair, a huge number.

Rule: such a record keeps back no other. It is left out of its batch, the call that made it is refused, and the log says
so; then the state is read from the disk, so that memory does not have it either. What clients send is checked long
before: only an error of Decaf's own leads here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from decaf.persistence.batch import Batch
from decaf.sqs.message import Message
from decaf.store import Region

T = TypeVar("T")

LeftOut = frozenset[str]  # ARNs, and ids of messages
NOTHING: LeftOut = frozenset()

_OF_RECORDS = (sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError)
_encode = msgspec.json.Encoder().encode


def is_of_a_record(error: Exception) -> bool:
    """Returns whether an error in writing a batch is that of a record, and not of the disk."""
    return not isinstance(error, sqlite3.Error | OSError) or isinstance(error, _OF_RECORDS)


def separate(batch: Batch) -> tuple[Batch, LeftOut]:
    """Returns the batch without the records that cannot be written, and what these are of."""
    left_out: set[str] = set()
    with closing(sqlite3.connect(":memory:")) as trial:

        def writable(items: Iterable[tuple[T, str, Iterable[Any]]]) -> list[T]:
            found = []
            for item, name, values in items:
                if _is_writable(trial, values):
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


def _is_writable(trial: sqlite3.Connection, values: Iterable[Any]) -> bool:
    try:
        trial.execute("SELECT " + ", ".join("?" * len(row := [*map(_column, values)])), row)
    except Exception:  # any: a record is of any kind, and what made it, too
        return False
    return True


def _column(value: Any) -> Any:
    if callable(value):
        return value()
    return value if value is None or isinstance(value, str | int | float) else _encode(value)
