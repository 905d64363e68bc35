"""Which events belong together although their message ids differ.

A notification becomes a message in each queue that it is delivered to, and a move task sends a message as a new one.
Rule: the message is sent to its queue just before the event of the delivery or move is emitted, so the latest
MessageSent of that queue is the one that belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from decaf.observe.history import HistoryEvent


@dataclass(slots=True)
class Links:
    """`sent` has the MessageSent of a delivery or move by its mark, `cause` the delivery or move of a MessageSent."""

    sent: dict[int, HistoryEvent] = field(default_factory=dict)
    cause: dict[int, HistoryEvent] = field(default_factory=dict)


def find_links(events: Iterable[HistoryEvent]) -> Links:
    """Returns the links between `events`, which are ordered by mark."""
    links = Links()
    latest: dict[str, HistoryEvent] = {}  # MessageSent by queue
    last: HistoryEvent | None = None
    for event in events:
        sent: HistoryEvent | None = None
        if event.kind == "MessageSent":
            latest[event.arn] = last = event
        elif event.kind == "NotificationPublished":
            latest.clear()
        elif event.kind in ("NotificationDelivered", "NotificationDeadLettered"):
            sent = latest.pop(event.recipient or "", None)
        elif event.kind == "MessageMoved":
            sent, last = last, None
        if sent is not None:
            links.sent[event.mark] = sent
            links.cause[sent.mark] = event
    return links
