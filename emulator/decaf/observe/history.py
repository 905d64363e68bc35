"""The history: the latest of what happened, each as a small record that stays as it was.

Rule: to note something costs no more than a tuple; what it means is worked out when somebody asks. A record's mark
is its number: marks only grow, so "since then" is a number too, and stays one when older records are forgotten.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from decaf.base.arn import Arn
from decaf.base.events import Event, Events, MessageDeadLettered, NotificationFiltered
from decaf.faults.effects import in_words
from decaf.faults.rules import Hit
from decaf.sns.data_protection import Report
from decaf.sns.notification import Notification
from decaf.sns.outcome import DeliveryAttempt, Outcome
from decaf.sns.recipients import Recipients
from decaf.sns.topic import Subscription
from decaf.sqs.message import Message, State
from decaf.store import Store

KEPT_OF_BODIES = 4_096  # characters; the rest of a longer body is not remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that happened to `arn`, and what was known of it then. What does not apply is None.

    `body` is the start of what was sent or published; `until` is when the delay or the time in flight ends.
    Of an attempt to deliver it is known which `attempt` it was, the HTTP `status` and the start of the `response`, how
    many seconds it took (`latency`), and when the next is due (`retry_at`). Of a fault that struck: its id, its
    `effect`, the `operation` of the call that it struck. Times are epoch seconds.
    """

    mark: int
    at: float
    kind: type[Event]
    arn: Arn
    message_id: str | None = None
    body: str | None = None
    group: str | None = None
    receive_count: int | None = None
    until: float | None = None
    dead_letter_queue: str | None = None
    protocol: str | None = None
    recipient: str | None = None
    reason: str | None = None
    attempt: int | None = None
    status: int | None = None
    response: str | None = None
    latency: float | None = None
    retry_at: float | None = None
    fault: str | None = None
    effect: str | None = None
    operation: str | None = None


Raw = tuple[Any, ...]  # mark (the last one, of several records), at, kind, ARN, the names of facts, and the facts
Watcher = Callable[[Record | None], None]  # None: nothing more will be told


class History:
    """The latest `size` records, and those who are told of new ones as they are made.

    With size 0 nothing is kept, and nothing listened to unless somebody watches.
    """

    __slots__ = ("_events", "_forgotten", "_raw", "_store", "_watchers", "attempts", "closed", "mark")

    def __init__(self, size: int, events: Events, store: Store) -> None:
        self.mark = 0
        self.closed = False
        self.attempts: Counter[tuple[str, str]] = Counter()  # to deliver: by protocol, and kind of what came of them
        self._forgotten = 0
        self._raw: deque[Raw] = deque(maxlen=size)
        self._watchers: list[Watcher] = []
        self._events = events
        self._store = store
        if size:
            events.listeners.append(self.note)

    def note(self, event: Event) -> None:
        """Keep what happened."""
        subject = event.subject
        kind = type(event)
        self.mark = mark = self.mark + (subject.filtered_out_count if type(subject) is Recipients else 1)
        if type(subject) is Message:
            body = subject.content  # may be a text that nobody has had to make yet
            raw: Raw = (
                mark,
                event.at,
                kind,
                event.arn,
                _OF_MESSAGE,
                subject.id,
                body[:KEPT_OF_BODIES] if type(body) is str else body,
                subject.group_id,
                subject.receive_count,
                subject.due if subject.state in _TIMED else None,
                self._dead_letter_queue(event) if kind is MessageDeadLettered else None,
            )
        elif type(subject) is DeliveryAttempt:
            self.attempts[subject.protocol or "direct", kind.__name__] += 1
            raw = (
                mark,
                event.at,
                kind,
                event.arn,
                _OF_ATTEMPT,
                subject.sent.message_id,
                subject.protocol,
                subject.recipient,
                subject.outcome,
                subject.number,
                subject.latency,
                subject.retry_at,
            )
        else:
            raw = (mark, event.at, kind, event.arn, *self._read(event))
        self._raw.append(raw)
        if self._watchers:
            for record in _render(raw):
                for tell in tuple(self._watchers):
                    tell(record)

    def since(self, mark: int) -> list[Record]:
        """What was noted after `mark`, oldest first."""
        mark = max(mark, self._forgotten_until())
        later: list[Record] = []
        for raw in reversed(self._raw):
            if raw[0] <= mark:
                break
            later += [record for record in reversed(_render(raw)) if record.mark > mark]
        later.reverse()
        return later

    def remembers(self, mark: int) -> bool:
        """Whether all that happened after `mark` is still known, but for what was cleared."""
        return bool(self._raw.maxlen) and mark >= self._forgotten_until()

    def _forgotten_until(self) -> int:
        return max(self._forgotten, self.mark - (self._raw.maxlen or 0))

    @property
    def watcher_count(self) -> int:
        return len(self._watchers)

    def clear(self, account: str | None = None) -> None:
        """Forget everything, or what happened to what one account has; marks go on."""
        self._forgotten = self._forgotten_until()
        kept = () if account is None else [raw for raw in self._raw if raw[3].account != account]
        self._raw = deque(kept, self._raw.maxlen)

    def close(self) -> None:
        """Whoever watches is told that nothing more comes."""
        self.closed = True
        for tell in tuple(self._watchers):
            tell(None)

    @contextmanager
    def watched(self, tell: Watcher) -> Iterator[None]:
        """While this lasts, `tell` is called with every new record, within the call that made it happen."""
        if not self._raw.maxlen and not self._watchers:
            self._events.listeners.append(self.note)
        self._watchers.append(tell)
        try:
            yield
        finally:
            self._watchers.remove(tell)
            if not self._raw.maxlen and not self._watchers:
                self._events.listeners.remove(self.note)

    def _read(self, event: Event) -> Raw:
        """The facts about a subject that is neither a message nor an attempt, after their names."""
        subject = event.subject
        if isinstance(subject, Notification):
            return _OF_NOTIFICATION, subject.message_id, subject.message[:KEPT_OF_BODIES], subject.group_id
        if isinstance(subject, Recipients):
            return _OF_RECIPIENTS, subject
        if isinstance(subject, Report):
            return _OF_REPORT, subject.message_id, str(subject)
        if isinstance(subject, Subscription):
            return _OF_SUBSCRIPTION, subject.protocol, subject.endpoint
        if isinstance(subject, Hit):
            return _OF_HIT, subject
        return ((),)

    def _dead_letter_queue(self, event: Event) -> str | None:
        queue = self._store.find_queue(event.arn.account, event.arn.region, event.arn.resource)
        target = None if queue is None else queue.dead_letter_queue()
        return None if target is None else str(target.arn)


_TIMED = frozenset({State.DELAYED, State.IN_FLIGHT})

_OF_MESSAGE = ("message_id", "body", "group", "receive_count", "until", "dead_letter_queue")
_OF_ATTEMPT = ("message_id", "protocol", "recipient", "outcome", "attempt", "latency", "retry_at")
_OF_RECIPIENTS = ("recipients",)
_OF_NOTIFICATION = ("message_id", "body", "group")
_OF_REPORT = ("message_id", "reason")
_OF_SUBSCRIPTION = ("protocol", "recipient")
_OF_HIT = ("hit",)


def _render(raw: Raw) -> list[Record]:
    """The record that `raw` stands for, or those of all subscriptions that a sieve held something back from."""
    mark, at, kind, arn, names, *facts = raw
    if names is _OF_RECIPIENTS:
        return _filtered(mark, at, facts[0])
    known = dict(zip(names, facts, strict=True))
    if callable(known.get("body")):
        known["body"] = known["body"]()[:KEPT_OF_BODIES]
    outcome: Outcome | None = known.pop("outcome", None)
    if outcome is not None:
        known |= {"reason": outcome.reason, "status": outcome.status, "response": outcome.response or None}
    hit: Hit | None = known.pop("hit", None)
    if hit is not None:
        known = _of_hit(hit)
    return [Record(mark=mark, at=at, kind=kind, arn=arn, **known)]


def _of_hit(hit: Hit) -> dict[str, Any]:
    rule, context = hit.rule, hit.context
    protocol, recipient, *_ = context.subscriber or (None, None)
    return {
        "fault": rule.id,
        "effect": type(rule.effect).__struct_config__.tag,
        "reason": in_words(rule.effect),
        "operation": context.operation or None,
        "message_id": context.message_id,
        "protocol": protocol,
        "recipient": recipient,
    }


def _filtered(mark: int, at: float, recipients: Recipients) -> list[Record]:
    return [
        Record(
            mark=each,
            at=at,
            kind=NotificationFiltered,
            arn=subscription.arn,
            message_id=recipients.notification.message_id,
            protocol=subscription.protocol,
            recipient=subscription.endpoint,
            reason=reason,
        )
        for each, (subscription, reason) in enumerate(
            recipients.filtered_out(), mark - recipients.filtered_out_count + 1
        )
    ]
