"""Events as lines for people: the time, the kind, the queue or topic, and the details."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from decaf.base.printable import printable

if TYPE_CHECKING:
    from decaf.observe.history import HistoryEvent

MAX_BODY = 60  # characters


def lines(events: Iterable[HistoryEvent]) -> list[str]:
    """Returns a line for each event, with the seconds since the first."""
    listed = list(events)
    return [f"{event.at - listed[0].at:+10.3f} s  {line(event)}" for event in listed]


def line(event: HistoryEvent) -> str:
    """Returns one event as a line: `MessageSent  orders  "latte"  (id 1234abcd)`."""
    return printable(f"{event.kind:<24}  {event.arn.split(':', 5)[5]:<30}  {_details(event)}".rstrip())


def _details(event: HistoryEvent) -> str:
    details = {
        "id": event.message_id and event.message_id[:8],
        "group": event.group,
        "receive": event.receive_count,
        "for": event.until and f"{event.until - event.at:.3g} s",
        "to": event.recipient or event.dead_letter_queue,
        "function": event.function and event.function.rpartition(":")[2],
        "batch of": event.batch_size,
        "attempt": event.attempt if event.latency is not None else None,
        "status": event.status,
        "fault": event.fault,
        "operation": event.operation,
        "because": event.reason,
    }
    named = ", ".join(f"{name} {value}" for name, value in details.items() if value)
    return "  ".join(part for part in (_shortened(event.body), named and f"({named})") if part)


def _shortened(body: str | None) -> str:
    if body is None:
        return ""
    shown = ascii(body[:MAX_BODY])
    return shown if len(body) <= MAX_BODY else f"{shown} ..."
