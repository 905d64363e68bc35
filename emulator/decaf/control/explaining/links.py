"""Which happenings belong together though they carry different ids.

A notification becomes a message of each queue that it is delivered to, and a message that a move task sends on
becomes a new one. Rule: a queue is sent its message within the call that then tells of the delivery or the move, so
the latest MessageSent before that, to that queue, is the one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from decaf.observe.history import HistoryEvent


@dataclass(slots=True)
class Links:
    """By mark: `sent` has the MessageSent of a delivery or move, `cause` the delivery or move of a MessageSent."""

    sent: dict[int, HistoryEvent] = field(default_factory=dict)
    cause: dict[int, HistoryEvent] = field(default_factory=dict)


def linked(records: Iterable[HistoryEvent]) -> Links:
    """The links among `records`, which are in order."""
    links = Links()
    latest: dict[str, HistoryEvent] = {}  # MessageSent by queue
    last: HistoryEvent | None = None
    for record in records:
        sent: HistoryEvent | None = None
        if record.kind == "MessageSent":
            latest[record.arn] = last = record
        elif record.kind == "NotificationPublished":
            latest.clear()
        elif record.kind in ("NotificationDelivered", "NotificationDeadLettered"):
            sent = latest.pop(record.recipient or "", None)
        elif record.kind == "MessageMoved":
            sent, last = last, None
        if sent is not None:
            links.sent[record.mark] = sent
            links.cause[sent.mark] = record
    return links
