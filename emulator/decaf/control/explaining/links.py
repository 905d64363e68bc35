"""Which happenings belong together though they carry different ids.

A notification becomes a message of each queue that it is delivered to, and a message that a move task sends on
becomes a new one. Rule: a queue is sent its message within the call that then tells of the delivery or the move, so
the latest MessageSent before that, to that queue, is the one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from decaf.base.events import (
    MessageMoved,
    MessageSent,
    NotificationDeadLettered,
    NotificationDelivered,
    NotificationPublished,
)
from decaf.observe.history import Record


@dataclass(slots=True)
class Links:
    """By mark: `sent` has the MessageSent of a delivery or move, `cause` the delivery or move of a MessageSent."""

    sent: dict[int, Record] = field(default_factory=dict)
    cause: dict[int, Record] = field(default_factory=dict)


def linked(records: Iterable[Record]) -> Links:
    """The links among `records`, which are in order."""
    links = Links()
    latest: dict[str, Record] = {}  # MessageSent by queue
    last: Record | None = None
    for record in records:
        sent: Record | None = None
        if record.kind is MessageSent:
            latest[str(record.arn)] = last = record
        elif record.kind is NotificationPublished:
            latest.clear()
        elif record.kind in (NotificationDelivered, NotificationDeadLettered):
            sent = latest.pop(record.recipient or "", None)
        elif record.kind is MessageMoved:
            sent, last = last, None
        if sent is not None:
            links.sent[record.mark] = sent
            links.cause[sent.mark] = record
    return links
