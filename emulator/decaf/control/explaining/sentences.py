"""What happened, each in a sentence for people."""

from __future__ import annotations

from collections.abc import Callable

from decaf.observe.history import HistoryEvent
from decaf.sns.notification import timestamp

Sentence = Callable[[HistoryEvent], str]


def _name(arn: str | None) -> str:
    return (arn or "").rpartition(":")[2]


def _until(record: HistoryEvent, word: str) -> str:
    return "" if record.until is None else f", {word} until {timestamp(record.until)}"


def _times(count: int | None) -> str:
    return "once" if count == 1 else f"{count} times"


def _target(record: HistoryEvent) -> str:
    return f"{record.protocol + ' ' if record.protocol else ''}{record.recipient}"


def _attempt(record: HistoryEvent) -> str:
    """Which attempt it was, and by what status it was answered; nothing of an only one that had no status."""
    facts = [
        f"attempt {record.attempt}" if (record.attempt or 1) > 1 or record.latency is not None else "",
        f"HTTP status {record.status}" if record.status else "",
    ]
    said = ", ".join(fact for fact in facts if fact)
    return f" ({said})" if said else ""


def _again(record: HistoryEvent) -> str:
    return "to be tried again" if record.retry_at is None else f"to be tried again at {timestamp(record.retry_at)}"


def _fault(record: HistoryEvent) -> str:
    return (
        f"the fault {record.fault} struck {record.operation or f'the delivery to {_target(record)}'}: {record.reason}"
    )


def _changed(record: HistoryEvent) -> str:
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
    "NotificationDelivered": lambda r: f"delivered to {_target(r)}{_attempt(r)}",
    "NotificationPostponed": lambda r: f"not delivered to {_target(r)}{_attempt(r)}, {_again(r)}: {r.reason}",
    "NotificationFailed": lambda r: f"not delivered to {_target(r)}{_attempt(r)}: {r.reason}",
    "NotificationDeadLettered": lambda r: f"sent to the dead-letter queue {_name(r.recipient)}",
    "FaultInjected": _fault,
}


def sentence(record: HistoryEvent) -> str:
    """What `record` says."""
    made = _SENTENCES.get(record.kind)
    return made(record) if made else f"{record.kind} of {record.arn}"
