"""The part of a snapshot that one shard has."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from decaf.base.arn import read_arn
from decaf.base.shard import Place, Shard
from decaf.persistence.queues import arn_of
from decaf.persistence.records import DeliveryRecord, InboxRecord, MappingRecord, ServiceMessageRecord
from decaf.persistence.snapshot import Rest, Snapshot
from decaf.persistence.snapshot_file import MESSAGES, Line, Part, read_line

R = TypeVar("R", bound=Rest)


def _of_arn(text: str) -> Place | None:
    """Returns the place of an ARN; None for the name of a function that is good in all."""
    arn = read_arn(text)
    return None if arn is None else (arn.account, arn.region)


def _of_entry(entry: InboxRecord) -> Place:
    """Returns the place of a topic, or of who published; the code for a number in the sandbox tells its own region."""
    published = "" if entry.notification is None else entry.notification.source
    arn = read_arn(entry.topic_arn or published)
    return entry.account, (entry.region or "") if arn is None else arn.region


def _of_delivery(delivery: DeliveryRecord) -> Place | None:
    """Returns the place of what is delivered from there: of a subscription, function or platform application."""
    sent = delivery.sent
    return _of_arn(sent.source if isinstance(sent, ServiceMessageRecord) else delivery.subscription_arn or "")


def _of_mapping(mapping: MappingRecord) -> Place:
    return mapping.account, arn_of(mapping.queue).region


# Where each record belongs. A subscription is where its topic is.
PLACES: Mapping[str, Callable[[Any], Place | None]] = {
    "queues": lambda record: _of_arn(record.arn),
    "sent": lambda record: _of_arn(record.owner),
    "attempts": lambda record: _of_arn(record.owner),
    "topics": lambda record: _of_arn(record.arn),
    "subscriptions": lambda record: _of_arn(record.topic_arn),
    "archived": lambda record: _of_arn(record.topic_arn),
    "deliveries": _of_delivery,
    "applications": lambda record: _of_arn(record.arn),
    "endpoints": lambda record: _of_arn(record.arn),
    "functions": lambda record: _of_arn(record.function_arn),
    "accepted": lambda record: _of_arn(record.function_arn),
    "mappings": _of_mapping,
    "regions": lambda record: (record.account, record.name),
    "inbox": _of_entry,
}


def places_of(some: Rest, into: str | None = None) -> set[Place]:
    """Returns the accounts in regions that the records of a snapshot are of, or will be where it goes `into` another
    account."""
    found = {place_of(record) for name, place_of in PLACES.items() for record in getattr(some, name)}
    return {(into or place[0], place[1]) for place in found if place is not None}


def of_shard(
    shard: Shard, snapshot: Snapshot, parts: Iterable[Part], into: str | None = None
) -> tuple[Snapshot, Iterator[Part]]:
    """Returns what a snapshot, and the parts with its messages, have of a shard; what it will have, where the snapshot
    of one account goes `into` another.
    """
    if shard.count == 1:
        return snapshot, iter(parts)
    part = records_of(shard, snapshot, into)
    return part, (part for part in parts if _holds(shard, _of_arn(part[0]), into))


def records_of(shard: Shard, some: R, into: str | None = None) -> R:
    """Returns the records that a shard has of some: those of its accounts and regions, and those that are of none."""
    changes: dict[str, Any] = {
        name: tuple(record for record in getattr(some, name) if _holds(shard, place_of(record), into))
        for name, place_of in PLACES.items()
    }
    orders = {arn: order for arn, order in some.orders.items() if _holds(shard, _of_arn(arn), into)}
    return replace(some, **changes, orders=orders)


def places_of_lines(lines: Iterable[bytes]) -> Generator[None, None, set[Place]]:
    """Returns, in slices, the accounts in regions that the records in the lines of a snapshot's file are of."""
    places: set[Place] = set()
    for line in lines:
        if not line.startswith(MESSAGES):
            places |= places_of(read_line(line))
            yield
    return places


def lines_of_shard(shard: Shard, lines: Iterable[bytes]) -> Generator[None, None, list[bytes]]:
    """Returns, in slices, the lines of a snapshot's file with what a shard has of them."""
    own: list[bytes] = []
    for line in lines:
        if line.startswith(MESSAGES):
            own.append(line)
        elif (some := records_of(shard, read_line(line))) != Line():
            own.append(msgspec.json.encode(some))
        yield
    return own


def _holds(shard: Shard, place: Place | None, into: str | None) -> bool:
    return place is None or shard.holds(into or place[0], place[1])
