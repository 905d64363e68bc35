"""What was kept, made of its records: the same for every keeper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from decaf.base.ids import read_uuid
from decaf.persistence import queues
from decaf.persistence.batch import OWN_NUMBER
from decaf.persistence.keeper import Contents
from decaf.persistence.records import (
    AcceptedRecord,
    ApplicationRecord,
    ArchivedRecord,
    AttemptRecord,
    ClockRecord,
    DeliveryRecord,
    EndpointRecord,
    FunctionRecord,
    InboxRecord,
    MappingRecord,
    OptionalFields,
    ProfileRecord,
    QueueRecord,
    Record,
    RegionRecord,
    SentRecord,
    SubscriptionRecord,
    TopicRecord,
)
from decaf.persistence.snapshot import VERSION, Snapshot
from decaf.sqs.message import NEVER_RECEIVED, Message, Receives, State, by_sender

_KINDS: dict[str, type[Record]] = {
    "accepted": AcceptedRecord,
    "application": ApplicationRecord,
    "clock": ClockRecord,
    "endpoint": EndpointRecord,
    "delivery": DeliveryRecord,
    "function": FunctionRecord,
    "mapping": MappingRecord,
    "profile": ProfileRecord,
    "queue": QueueRecord,
    "region": RegionRecord,
    "subscription": SubscriptionRecord,
    "topic": TopicRecord,
}

_STATES = {state.value: state for state in State}

_decode_optional_fields = msgspec.json.Decoder(OptionalFields).decode


class Documents:
    """The documents by their kinds, in the order in which they were made.

    `numbers` are the ARNs of queues by their numbers, `deliveries` the keys of deliveries.
    """

    def __init__(self) -> None:
        self.of: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
        self.numbers: dict[int, str] = {}
        self.deliveries: list[int] = []

    def read(self, kind: str, key: str, number: Any, record: bytes | str) -> None:
        """Take the next document. Those of unknown kinds are passed over."""
        if kind in _KINDS:
            self.of[kind].append(msgspec.json.decode(record, type=_KINDS[kind]))
        if kind == "queue":
            self.numbers[number] = key
        elif kind == "delivery":
            self.deliveries.append(int(key))


def contents_of(
    documents: Documents,
    *,
    sent: Iterable[bytes],
    attempts: Iterable[bytes],
    archived: Iterable[bytes],
    inbox: Iterable[bytes],
    messages: dict[str, list[Message]],
    abandoned: list[int],
    key: str | None,
    inbox_count: int,
) -> Contents:
    """Returns the contents that consist of these records, as JSON, and messages.

    Raises MsgspecError for a record that is none.
    """
    of = documents.of
    snapshot = Snapshot(
        format="decaf-snapshot",
        version=VERSION,
        clock=of["clock"][0] if of["clock"] else ClockRecord(at=0.0),
        queues=tuple(of["queue"]),
        sent=_read(sent, SentRecord),
        attempts=_read(attempts, AttemptRecord),
        topics=tuple(of["topic"]),
        subscriptions=tuple(of["subscription"]),
        archived=_read(archived, ArchivedRecord),
        deliveries=tuple(of["delivery"]),
        applications=tuple(of["application"]),
        endpoints=tuple(of["endpoint"]),
        functions=tuple(of["function"]),
        accepted=tuple(of["accepted"]),
        mappings=tuple(of["mapping"]),
        regions=tuple(of["region"]),
        inbox=_read(inbox, InboxRecord),
    )
    numbers = {arn: number for number, arn in documents.numbers.items()}
    return Contents(snapshot, messages, numbers, abandoned, documents.deliveries, key, inbox_count, of["profile"])


def message_of(row: Sequence[Any]) -> Message:
    """Returns the message of a row, which starts as Inserted does, with the optional fields as JSON."""
    key, state, due, receives, of_others, first_at, last_at, id_, sent_at, sender, body, optional_fields = row[:12]
    received = Receives(receives, of_others, first_at, last_at) if receives else NEVER_RECEIVED
    number = key & OWN_NUMBER
    # By position: that takes half the time.
    message = Message(
        read_uuid(id_), body, by_sender(sender), sent_at, None, None, number, _STATES[state], due, received
    )
    if optional_fields is not None:
        queues.set_optional_fields(message, _decode_optional_fields(optional_fields))
    return message


def _read(records: Iterable[bytes], kind: type[Any]) -> tuple[Any, ...]:
    return tuple(msgspec.json.decode(record, type=kind) for record in records)
