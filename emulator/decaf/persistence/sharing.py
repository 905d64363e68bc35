"""The part of a snapshot that is of one shard's accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from decaf.base.arn import read_arn
from decaf.base.shard import Shard
from decaf.persistence.snapshot import Rest, Snapshot
from decaf.persistence.snapshot_file import MESSAGES, Line, Part, read_line
from decaf_protocol import is_account

R = TypeVar("R", bound=Rest)

# What tells the account of a record: its ARN, that of what it belongs to, or the account itself. A subscription is
# where its topic is.
OWNERS: Mapping[str, Callable[[Any], str]] = {
    "queues": lambda record: record.arn,
    "sent": lambda record: record.owner,
    "attempts": lambda record: record.owner,
    "topics": lambda record: record.arn,
    "subscriptions": lambda record: record.topic_arn,
    "archived": lambda record: record.topic_arn,
    "deliveries": lambda record: record.subscription_arn,
    "applications": lambda record: record.arn,
    "endpoints": lambda record: record.arn,
    "functions": lambda record: record.function_arn,
    "accepted": lambda record: record.function_arn,
    "mappings": lambda record: record.account,
    "regions": lambda record: record.account,
    "inbox": lambda record: record.account,
}


def of_shard(shard: Shard, snapshot: Snapshot, parts: Iterable[Part]) -> tuple[Snapshot, Iterator[Part]]:
    """Returns what a snapshot, and the parts with its messages, have of a shard."""
    if shard.count == 1:
        return snapshot, iter(parts)
    return records_of(shard, snapshot), (part for part in parts if _holds(shard, part[0]))


def records_of(shard: Shard, some: R) -> R:
    """Returns the records that a shard has of some: those of its accounts, and those that are of none."""
    changes: dict[str, Any] = {
        name: tuple(record for record in getattr(some, name) if _holds(shard, owner(record)))
        for name, owner in OWNERS.items()
    }
    orders = {arn: order for arn, order in some.orders.items() if _holds(shard, arn)}
    return replace(some, **changes, orders=orders)


def lines_of_shard(shard: Shard, lines: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yields the lines of a snapshot's file with what a shard has of them, and whether they have messages."""
    for line in lines:
        if line.startswith(MESSAGES):
            yield line, True
        elif (some := records_of(shard, read_line(line))) != Line():
            yield msgspec.json.encode(some), False


def _holds(shard: Shard, owner: str) -> bool:
    """Returns whether a shard has what belongs to `owner`: an ARN, an account, or a name that is good in all."""
    arn = read_arn(owner)
    if arn is not None:
        return shard.holds(arn.account)
    return not is_account(owner) or shard.holds(owner)
