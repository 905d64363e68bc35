"""What happened, each in a sentence for people."""

from __future__ import annotations

from collections.abc import Callable

from emulator.history import Record
from emulator.sns.notification import timestamp

Sentence = Callable[[Record], str]


def _name(arn: object) -> str:
    return str(arn).rpartition(":")[2]


def _until(record: Record, word: str) -> str:
    return "" if record.until is None else f", {word} until {timestamp(record.until)}"


def _times(count: int | None) -> str:
    return "once" if count == 1 else f"{count} times"


def _target(record: Record) -> str:
    return f"{record.protocol + ' ' if record.protocol else ''}{record.recipient}"


def _changed(record: Record) -> str:
    if record.until is None:
        return f"a consumer made it visible in {_name(record.arn)} at once"
    return f"a consumer changed its visibility timeout in {_name(record.arn)}{_until(record, 'now in flight')}"


_SENTENCES: dict[str, Sentence] = {
    "MessageSent": lambda r: f"sent to {_name(r.arn)}{_until(r, 'delayed')}",
    "MessageReceived": lambda r: (
        f"received from {_name(r.arn)}, {_times(r.receive_count)} so far{_until(r, 'in flight')}"
    ),
    "MessageReturned": lambda r: f"visible again in {_name(r.arn)}",
    "VisibilityChanged": _changed,
    "MessageDeleted": lambda r: f"a consumer deleted it from {_name(r.arn)}",
    "MessageExpired": lambda r: f"expired in {_name(r.arn)}: its retention period was over",
    "MessageDeadLettered": lambda r: (
        f"moved from {_name(r.arn)} to the dead-letter queue {_name(r.dead_letter_queue)}: "
        f"it was received {_times(r.receive_count)}"
    ),
    "MessageMoved": lambda r: f"a move task took it out of {_name(r.arn)}",
    "QueuePurged": lambda r: f"{_name(r.arn)} was purged",
    "QueueDeleted": lambda r: f"{_name(r.arn)} was deleted",
    "NotificationPublished": lambda r: f"published to {r.arn}",
    "NotificationFiltered": lambda r: f"kept from {_target(r)} by the filter policy: {r.reason}",
    "NotificationDelivered": lambda r: f"delivered to {_target(r)}",
    "NotificationPostponed": lambda r: f"not delivered to {_target(r)}, to be tried again: {r.reason}",
    "NotificationFailed": lambda r: f"not delivered to {_target(r)}: {r.reason}",
    "NotificationDeadLettered": lambda r: f"sent to the dead-letter queue {_name(r.recipient)}",
}


def sentence(record: Record) -> str:
    """What `record` says."""
    made = _SENTENCES.get(record.kind.__name__)
    return made(record) if made else f"{record.kind.__name__} of {record.arn}"
