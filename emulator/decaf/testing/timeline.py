"""What happened, as lines for people: when, what, where, and to what."""

from __future__ import annotations

from collections.abc import Iterable

from decaf.control.route import Refused
from decaf.observe.history import HistoryEvent
from decaf.testing.control import Control
from decaf.testing.http_client import NoServer

LONGEST_BODY = 60  # characters


def timeline(control: Control) -> list[str]:
    """What happened in the account of `control`, in seconds since the first of it; nothing where nobody can tell."""
    try:
        events = control.events()
    except (NoServer, Refused):
        return []
    return lines(events)


def lines(events: Iterable[HistoryEvent]) -> list[str]:
    """A line each, with the seconds since the first."""
    told = list(events)
    return [f"{event.at - told[0].at:+10.3f} s  {line(event)}" for event in told]


def line(event: HistoryEvent) -> str:
    """What happened, where, and to what: `MessageSent  orders  "latte"  (id 1234abcd)`."""
    return f"{event.kind:<24}  {event.arn.split(':', 5)[5]:<30}  {_details(event)}".rstrip()


def _details(event: HistoryEvent) -> str:
    facts = {
        "id": event.message_id and event.message_id[:8],
        "group": event.group,
        "receive": event.receive_count,
        "for": event.until and f"{event.until - event.at:.3g} s",
        "to": event.recipient or event.dead_letter_queue,
        "attempt": event.attempt if event.latency is not None else None,
        "status": event.status,
        "fault": event.fault,
        "operation": event.operation,
        "because": event.reason,
    }
    named = ", ".join(f"{name} {value}" for name, value in facts.items() if value)
    return "  ".join(part for part in (_shortened(event.body), named and f"({named})") if part)


def _shortened(body: str | None) -> str:
    if body is None:
        return ""
    shown = ascii(body[:LONGEST_BODY])
    return shown if len(body) <= LONGEST_BODY else f"{shown} ..."
