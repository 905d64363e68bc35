"""Each kind of event as a sentence for people."""

from __future__ import annotations

from collections.abc import Callable

from decaf.observe.history import HistoryEvent
from decaf.sns.notification import timestamp

Sentence = Callable[[HistoryEvent], str]


def _name(arn: str | None) -> str:
    return (arn or "").rpartition(":")[2]


def _until(event: HistoryEvent, word: str) -> str:
    return "" if event.until is None else f", {word} until {timestamp(event.until)}"


def _times(count: int | None) -> str:
    return "once" if count == 1 else f"{count} times"


def _target(event: HistoryEvent) -> str:
    return f"{event.protocol + ' ' if event.protocol else ''}{event.recipient}"


def _attempt(event: HistoryEvent) -> str:
    """Returns the number of the attempt and the HTTP status, empty for an only attempt without a status."""
    facts = [
        f"attempt {event.attempt}" if (event.attempt or 1) > 1 or event.latency is not None else "",
        f"HTTP status {event.status}" if event.status else "",
    ]
    given = ", ".join(fact for fact in facts if fact)
    return f" ({given})" if given else ""


def _again(event: HistoryEvent) -> str:
    return "to be tried again" if event.retry_at is None else f"to be tried again at {timestamp(event.retry_at)}"


def _fault(event: HistoryEvent) -> str:
    hit = event.operation or (f"the delivery to {_target(event)}" if event.recipient else f"{_name(event.arn)}")
    return f"the fault {event.fault} fired on {hit}: {event.reason}"


def _batch(event: HistoryEvent) -> str:
    count = len(event.message_ids or ())
    return f" with a batch of {count}" if count > 1 else ""


def _its_batch(event: HistoryEvent) -> str:
    """Returns what a function got, as said of one message of it."""
    size = event.batch_size or 1
    return f"its batch of {size}" if size > 1 else "it"


def _changed(event: HistoryEvent) -> str:
    if event.until is None:
        return f"a consumer made it visible in {_name(event.arn)} at once"
    return f"a consumer changed its visibility timeout in {_name(event.arn)}{_until(event, 'now in flight')}"


_SENTENCES: dict[str, Sentence] = {
    "MessageSent": lambda r: f"sent to {_name(r.arn)}{_until(r, 'delayed')}",
    "MessageReceived": lambda r: (
        f"received from {_name(r.arn)}, {_times(r.receive_count)} so far{_until(r, 'in flight')}"
    ),
    "MessageReturned": lambda r: f"visible again in {_name(r.arn)}",
    "VisibilityChanged": _changed,
    "DelayChanged": lambda r: f"the delay of {_name(r.arn)} was changed{_until(r, 'now delayed')}",
    "MessageDeleted": lambda r: f"a consumer deleted it from {_name(r.arn)}",
    "MessageSurvived": lambda r: (
        f"a consumer deleted it from {_name(r.arn)}, but a copy on another server was not deleted: it comes again"
    ),
    "MessageExpired": lambda r: f"expired in {_name(r.arn)}: its retention period ended",
    "MessageDeadLettered": lambda r: (
        f"moved from {_name(r.arn)} to the dead-letter queue {_name(r.dead_letter_queue)}: "
        f"it was received {_times(r.receive_count)}"
    ),
    "MessageMoved": lambda r: f"a move task took it out of {_name(r.arn)}",
    "QueuePurged": lambda r: f"{_name(r.arn)} was purged",
    "QueueDeleted": lambda r: f"{_name(r.arn)} was deleted",
    "NotificationPublished": lambda r: f"published to {r.arn}",
    "NotificationFiltered": lambda r: f"not sent to {_target(r)}: {r.reason}",
    "NotificationDelivered": lambda r: f"delivered to {_target(r)}{_attempt(r)}",
    "NotificationPostponed": lambda r: f"not delivered to {_target(r)}{_attempt(r)}, {_again(r)}: {r.reason}",
    "NotificationFailed": lambda r: f"not delivered to {_target(r)}{_attempt(r)}: {r.reason}",
    "NotificationDeadLettered": lambda r: f"sent to the dead-letter queue {_name(r.recipient)}",
    "FunctionInvoked": lambda r: f"the function {_name(r.arn)} was invoked{_batch(r)}, request {r.request_id}",
    "FunctionSucceeded": lambda r: f"the function {_name(r.arn)} succeeded{_batch(r)}",
    "FunctionFailed": lambda r: f"the function {_name(r.arn)} failed{_batch(r)}: {r.reason}",
    "BatchProcessed": lambda r: f"the function {_name(r.function)} processed {_its_batch(r)}",
    "BatchFailed": lambda r: f"the function {_name(r.function)} failed {_its_batch(r)}: {r.reason}",
    "MessageFiltered": lambda r: f"not passed to the function {_name(r.function)}, and deleted: {r.reason}",
    "FaultInjected": _fault,
    "AccessWouldBeDenied": lambda r: f"AWS would have refused it here: {r.reason}",
}


def sentence(event: HistoryEvent) -> str:
    """Returns `event` in words, without its time."""
    write = _SENTENCES.get(event.kind)
    return write(event) if write else f"{event.kind} of {event.arn}"
