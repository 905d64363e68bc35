"""The history: the latest events, each with the facts as they were at that time.

Rule: recording an event costs no more than a tuple; the tuple is read only when a client requests the event. The mark
of an event is its number: marks only grow, and stay valid when older events are dropped.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from decaf.access.denial import Denial
from decaf.base.arn import Arn
from decaf.base.events import (
    Event,
    Events,
    FunctionInvoked,
    MessageDeadLettered,
    NotificationDelivered,
    NotificationFiltered,
    NotificationPublished,
)
from decaf.base.ids import write_uuid
from decaf.base.slices import at_once
from decaf.faults.effects import in_words
from decaf.faults.rules import Hit
from decaf.functions.batch_report import BatchReport
from decaf.functions.invocation import Invocation
from decaf.sns.data_protection import NotSearched, Report
from decaf.sns.notification import Notification
from decaf.sns.outcome import Deliveries, DeliveryAttempt
from decaf.sns.recipients import Recipients
from decaf.sns.topic import Subscription, without_password
from decaf.sqs.message import Message, State
from decaf.store import Store

KEPT_OF_BODIES = 4_096  # characters; the rest of a longer body is dropped
KEPT_OF_RESPONSES = 1_024  # bytes of what a function returned
_RENDERED = 1_000  # events in one slice


KINDS = {kind.__name__: kind for kind in Event.__subclasses__()}
Kind = Annotated[str, msgspec.Meta(extra_json_schema={"enum": sorted(KINDS)})]


class HistoryEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event that happened to `arn`. Fields that do not apply are left out; times are epoch seconds.

    `body` is the body that was sent or published, up to 4,096 characters; `until` is when a delay or a time in flight
    ends. `recipient` is a subscription's endpoint, or the phone number or device that was published to; `reason` is why
    a notification was not delivered, or the effect of a fault in words.

    Of an attempt to deliver, `attempt` counts from 1 on, `status` is HTTP's, `response` the start of the response's
    body, `latency` the seconds it took, and `retry_at` when the next one is due. Of a fault that was injected, `fault`
    is its id, and `operation` the operation of the call that it hit. Of what AWS would have denied, `caller` is the ARN
    or the service that wanted it, `action` IAM's name of what it wanted, `statement` the name of the statement that
    denies it, `missing` the one that would allow it, as JSON, and `remedy` the command that sets it. Of a function that
    was invoked, `source` is the queue or topic that its event is from, with the messages `message_ids`. Of messages of
    a batch, `function` is the ARN of the function, and `batch_size` the number of all messages of the batch.
    """

    mark: int
    at: float
    kind: Kind
    arn: str
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
    caller: str | None = None
    action: str | None = None
    statement: str | None = None
    missing: str | None = None
    remedy: str | None = None
    request_id: str | None = None
    source: str | None = None
    message_ids: tuple[str, ...] | None = None
    function: str | None = None
    batch_size: int | None = None

    def is_about(self, message_id: str) -> bool:
        """Whether the message with that id is the one, or one of those, that it happened to."""
        return message_id == self.message_id or message_id in (self.message_ids or ())


Raw = tuple[Any, ...]  # mark (the last one, of several events), at, kind, ARN, the names of facts, and the facts
Watcher = Callable[[HistoryEvent | None], None]  # called with None when no more events will come


class History:
    """The latest `size` events, and the watchers that are called with each new one.

    With size 0 no event is kept, and the history listens only while there is a watcher.
    """

    __slots__ = ("_events", "_forgotten", "_raw", "_store", "_watchers", "attempts", "closed", "mark")

    def __init__(self, size: int, events: Events, store: Store) -> None:
        self.mark = 0
        self.closed = False
        self.attempts: Counter[tuple[str, str]] = Counter()  # to deliver, by protocol and kind of event
        self._forgotten = 0
        self._raw: deque[Raw] = deque(maxlen=size)
        self._watchers: list[Watcher] = []
        self._events = events
        self._store = store
        if size:
            events.listeners.append(self.note)

    def note(self, event: Event) -> None:
        """Record an event."""
        subject = event.subject
        kind, of = type(event), type(subject)
        self.mark = mark = self.mark + (1 if of is Message or of not in _OF_MANY else self._make_room(kind, subject))
        if of is Message:
            body = subject.content
            raw: Raw = (
                mark,
                event.at,
                kind,
                event.arn,
                _OF_MESSAGE,
                subject.identity,
                body[:KEPT_OF_BODIES] if isinstance(body, str) else body.beginning(KEPT_OF_BODIES),
                subject.group_id,
                subject.receives.count,
                subject.due if subject.state in _TIMED else None,
                self._dead_letter_queue(event) if kind is MessageDeadLettered else None,
            )
        elif of is DeliveryAttempt:
            outcome = subject.outcome
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
                outcome.reason,
                outcome.status,
                outcome.response or None,
                subject.number,
                subject.latency,
                subject.retry_at,
            )
        elif of is Recipients:
            notification, filtered_out = subject.notification, None
            if subject.filtered_out_count:
                filtered_out = subject.filtered_out_later()
            body, group = notification.message[:KEPT_OF_BODIES], notification.group_id
            raw = (mark, event.at, kind, event.arn, _OF_RECIPIENTS, notification.message_id, body, group, filtered_out)
        elif of is Notification:
            body = subject.message[:KEPT_OF_BODIES]
            raw = (mark, event.at, kind, event.arn, _OF_NOTIFICATION, subject.message_id, body, subject.group_id)
        elif of is Deliveries:
            reached = subject.subscriptions
            protocols = {*map(_protocol, reached)}
            for protocol in protocols:
                count = len(reached) if len(protocols) == 1 else [*map(_protocol, reached)].count(protocol)
                self.attempts[protocol, kind.__name__] += count
            raw = (mark, event.at, kind, event.arn, _OF_DELIVERIES, subject.notification.message_id, reached)
        else:
            raw = (mark, event.at, kind, event.arn, *self._read(event))
        self._raw.append(raw)
        if self._watchers:
            for rendered in _render(raw):
                for watcher in tuple(self._watchers):
                    watcher(rendered)

    def _make_room(self, kind: type[Event], subject: Recipients | Deliveries) -> int:
        """Returns for how many events a record of subscriptions stands, having dropped as many as have no room then."""
        if isinstance(subject, Deliveries):
            count = len(subject.subscriptions)
        else:
            count = subject.filtered_out_count + (kind is NotificationPublished)
        if count > 1:
            last = self.mark + count - (self._raw.maxlen or 0)
            while self._raw and self._raw[0][0] <= last:
                self._raw.popleft()
        return count

    def since(self, mark: int) -> list[HistoryEvent]:
        """Returns the events after `mark`, oldest first."""
        mark = max(mark, self._forgotten_until())
        later: list[HistoryEvent] = []
        for raw in reversed(self._raw):
            if raw[0] <= mark:
                break
            later += [each for each in reversed(_render(raw)) if each.mark > mark]
        later.reverse()
        return later

    def latest(self, count: int, mark: int = 0, account: str | None = None) -> list[HistoryEvent]:
        """Returns the newest `count` events after `mark`, of one account or of all, oldest first."""
        return at_once(self.latest_in_slices(count, mark, account))

    def latest_in_slices(
        self, count: int, mark: int = 0, account: str | None = None
    ) -> Generator[None, None, list[HistoryEvent]]:
        """As `latest`, as work to be done in slices: the events are those until now."""
        mark = max(mark, self._forgotten_until())
        newest_first = takewhile(lambda raw: raw[0] > mark, reversed(self._raw))
        return _rendered([raw for raw in newest_first if account in (None, raw[3].account)], count)

    def remembers(self, mark: int) -> bool:
        """Returns whether all events after `mark` are still here, except those that were cleared."""
        return bool(self._raw.maxlen) and mark >= self._forgotten_until()

    def _forgotten_until(self) -> int:
        return max(self._forgotten, self.mark - (self._raw.maxlen or 0))

    @property
    def watcher_count(self) -> int:
        return len(self._watchers)

    def clear(self, account: str | None = None) -> None:
        """Drop all events, or those of one account; marks keep growing."""
        self._forgotten = self._forgotten_until()
        kept = () if account is None else [raw for raw in self._raw if raw[3].account != account]
        self._raw = deque(kept, self._raw.maxlen)

    def close(self) -> None:
        """Call the watchers with None: no more events will come."""
        self.closed = True
        for watcher in tuple(self._watchers):
            watcher(None)

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """While this lasts, call `watcher` with every new event, during the call that caused it."""
        if not self._raw.maxlen and not self._watchers:
            self._events.listeners.append(self.note)
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)
            if not self._raw.maxlen and not self._watchers:
                self._events.listeners.remove(self.note)

    def _read(self, event: Event) -> Raw:
        """Returns the names and the values of the facts about a subject of the less frequent kinds."""
        subject = event.subject
        if isinstance(subject, Report | NotSearched):
            return _OF_REPORT, subject.message_id, str(subject)
        if isinstance(subject, Subscription):
            return _OF_SUBSCRIPTION, subject.protocol, subject.shown_endpoint
        if isinstance(subject, Hit):
            return _OF_HIT, subject
        if isinstance(subject, Denial):
            return _OF_DENIAL, subject
        if isinstance(subject, Invocation):
            return _OF_INVOCATION, *_facts_of_invocation(subject, has_ended=type(event) is not FunctionInvoked)
        if isinstance(subject, BatchReport):
            return _OF_BATCH, *msgspec.structs.astuple(subject)
        return ((),)

    def _dead_letter_queue(self, event: Event) -> str | None:
        queue = self._store.find_queue(event.arn.account, event.arn.region, event.arn.resource)
        target = None if queue is None else queue.dead_letter_queue()
        return None if target is None else str(target.arn)


_OF_MANY = frozenset({Recipients, Deliveries})  # subjects that a record of several events has
_TIMED = frozenset({State.DELAYED, State.IN_FLIGHT})
_protocol: Callable[[Subscription], str] = attrgetter("protocol")

_OF_MESSAGE = ("identity", "body", "group", "receive_count", "until", "dead_letter_queue")
_OF_ATTEMPT = ("message_id", "protocol", "recipient", "reason", "status", "response", "attempt", "latency", "retry_at")
_OF_RECIPIENTS = ("message_id", "body", "group", "filtered_out")
_OF_DELIVERIES = ("message_id", "subscriptions")
_OF_NOTIFICATION = ("message_id", "body", "group")
_OF_REPORT = ("message_id", "reason")
_OF_SUBSCRIPTION = ("protocol", "recipient")
_OF_HIT = ("hit",)
_OF_DENIAL = ("denial",)
_OF_BATCH = ("function", "message_ids", "batch_size", "request_id", "reason", "latency")
_OF_INVOCATION = ("request_id", "source", "message_ids", "reason", "status", "response", "latency")


def _rendered(newest_first: Sequence[Raw], count: int) -> Generator[None, None, list[HistoryEvent]]:
    """Returns the newest `count` events, oldest first."""
    newest: list[HistoryEvent] = []
    pause = _RENDERED
    for raw in newest_first:
        if len(newest) >= count:
            break
        newest += reversed(_render(raw)[-count:])
        if len(newest) >= pause:
            pause = len(newest) + _RENDERED
            yield
    return newest[:count][::-1]


def _render(raw: Raw) -> list[HistoryEvent]:
    """Returns the event of `raw`, or one event for each subscription that a notification reached, or did not."""
    mark, at, kind, arn, names, *facts = raw
    if names is _OF_DELIVERIES:
        return _delivered(mark, at, *facts)
    if names is _OF_RECIPIENTS:
        return _published_or_filtered(mark, at, kind, arn, *facts)
    known = dict(zip(names, facts, strict=True))
    if "identity" in known:
        known["message_id"] = write_uuid(known.pop("identity"))
    if callable(known.get("body")):
        known["body"] = known["body"]()[:KEPT_OF_BODIES]
    hit: Hit | None = known.pop("hit", None)
    if hit is not None:
        known = _of_hit(hit)
    denial: Denial | None = known.pop("denial", None)
    if denial is not None:
        known = _of_denial(denial)
    return [HistoryEvent(mark=mark, at=at, kind=kind.__name__, arn=str(arn), **known)]


def _facts_of_invocation(invocation: Invocation, has_ended: bool) -> Iterator[Any]:
    yield invocation.request_id
    yield None if invocation.source is None else str(invocation.source)
    yield invocation.message_ids or None
    yield invocation.reason
    yield invocation.status
    yield invocation.payload[:KEPT_OF_RESPONSES].decode("utf-8", "replace") or None
    yield invocation.duration if has_ended else None


def _of_denial(denial: Denial) -> dict[str, Any]:
    return {
        "message_id": denial.message_id,
        "reason": denial.reason(),
        "caller": denial.caller,
        "action": denial.action,
        "statement": denial.statement,
        "missing": denial.missing,
        "remedy": denial.remedy,
    }


def _of_hit(hit: Hit) -> dict[str, Any]:
    rule, context = hit.rule, hit.context
    protocol, recipient, *_ = context.subscriber or (None, "")
    return {
        "fault": rule.id,
        "effect": type(rule.effect).__struct_config__.tag,
        "reason": in_words(rule.effect, context.function is not None),
        "operation": context.operation or None,
        "message_id": context.message_id,
        "protocol": protocol,
        "recipient": without_password(recipient) or None,
    }


def _delivered(mark: int, at: float, message_id: str, reached: list[Subscription]) -> list[HistoryEvent]:
    return [
        HistoryEvent(
            mark=each,
            at=at,
            kind=NotificationDelivered.__name__,
            arn=str(subscription.arn),
            message_id=message_id,
            protocol=subscription.protocol,
            recipient=subscription.shown_endpoint,
            attempt=1,
        )
        for each, subscription in enumerate(reached, mark - len(reached) + 1)
    ]


def _published_or_filtered(
    mark: int,
    at: float,
    kind: type[Event],
    arn: Arn,
    message_id: str,
    body: str,
    group: str | None,
    filtered_out: Callable[[], Iterable[tuple[Subscription, str]]] | None,
) -> list[HistoryEvent]:
    """Returns the event of what was published, if that is the `kind`, and one for each that it was filtered out for."""
    filtered = [] if filtered_out is None else _filtered(mark, at, message_id, filtered_out)
    if kind is NotificationFiltered:
        return filtered
    mark -= len(filtered)
    published = HistoryEvent(
        mark=mark, at=at, kind=kind.__name__, arn=str(arn), message_id=message_id, body=body, group=group
    )
    return [published, *filtered]


def _filtered(
    mark: int, at: float, message_id: str, filtered_out: Callable[[], Iterable[tuple[Subscription, str]]]
) -> list[HistoryEvent]:
    found = list(filtered_out())
    return [
        HistoryEvent(
            mark=each,
            at=at,
            kind=NotificationFiltered.__name__,
            arn=str(subscription.arn),
            message_id=message_id,
            protocol=subscription.protocol,
            recipient=subscription.shown_endpoint,
            reason=reason,
        )
        for each, (subscription, reason) in enumerate(found, mark - len(found) + 1)
    ]
