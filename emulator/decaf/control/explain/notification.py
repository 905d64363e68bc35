"""The outcome of a notification for each subscription: whether it was delivered, or why not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from decaf.base.arn import read_arn
from decaf.control.explain.known import Known
from decaf.control.explain.message import message_status
from decaf.control.explain.sentences import sentence
from decaf.control.route import ControlResponse
from decaf.observe.history import HistoryEvent
from decaf.sns.notification import timestamp

if TYPE_CHECKING:
    from decaf.world import World

_OUTCOMES = {
    "NotificationDelivered": "delivered",
    "NotificationFiltered": "filtered",
    "NotificationPostponed": "postponed",
    "NotificationFailed": "failed",
    "NotificationDeadLettered": "dead_lettered",
}

_ATTEMPTS = frozenset({"NotificationDelivered", "NotificationPostponed", "NotificationFailed"})


class Attempt(ControlResponse, frozen=True):
    """One attempt to deliver: its `number` from 1 on, when it was, HTTP's `status` and the `reason` of a failure."""

    number: int | None
    at: float
    status: int | None
    reason: str | None


class SubscriptionOutcome(ControlResponse, frozen=True):
    """The outcome of a notification for one `subscription`, or for the number or device that it was published to.

    `outcome` is delivered, filtered, postponed, failed or dead_lettered; or unconfirmed, later (created or confirmed
    after the publish) or none. In a queue, the notification is the message `message_id`. `attempts` are those made so
    far, oldest first.
    """

    subscription: str
    protocol: str | None
    endpoint: str | None
    outcome: str
    message_id: str | None
    answer: str
    attempts: list[Attempt]


def deliveries(world: World, own: Sequence[HistoryEvent], known: Known) -> list[SubscriptionOutcome]:
    """Returns the outcome for each subscription of the topic; `own` are the events of the notification."""
    last = {event.arn: event for event in own if event.kind in _OUTCOMES}
    by_arn: defaultdict[str, list[HistoryEvent]] = defaultdict(list)
    for event in own:
        by_arn[event.arn].append(event)
    outcomes = [_delivery(world, event, by_arn, known) for event in last.values()]
    published = next((event for event in own if event.kind == "NotificationPublished"), None)
    if published is None:
        return outcomes
    arn = read_arn(published.arn)
    topic = None if arn is None else world.store.find_topic(arn)
    others = () if topic is None else (s for s in topic.subscriptions.values() if str(s.arn) not in last)
    beginnings = _beginnings(published, known.events)
    for subscription in others:
        outcome, answer = _without_delivery(subscription.pending, beginnings.get(str(subscription.arn)))
        outcomes.append(
            SubscriptionOutcome(
                subscription=str(subscription.arn),
                protocol=subscription.protocol,
                endpoint=subscription.shown_endpoint,
                outcome=outcome,
                message_id=None,
                answer=f"Not delivered to {subscription.protocol} {subscription.shown_endpoint}: {answer}.",
                attempts=[],
            )
        )
    return outcomes


def _delivery(
    world: World,
    event: HistoryEvent,
    by_arn: Mapping[str, Sequence[HistoryEvent]],
    known: Known,
) -> SubscriptionOutcome:
    sent = known.links.sent.get(event.mark)
    mine = [each for each in by_arn[event.arn] if each.kind in _OUTCOMES]
    last = [each for each in mine if each.kind != "NotificationPostponed"] or [event]
    answer = "; ".join(map(sentence, last))
    answer = f"{answer[0].upper()}{answer[1:]}, at {timestamp(event.at)}."
    answer += _mark(event, by_arn.get(event.recipient or "", ()))
    status = None if sent is None or sent.message_id is None else message_status(world, sent.message_id, known)
    if status is not None and sent is not None:
        answer += f" In the queue it is message {sent.message_id}. {status.answer}"
    return SubscriptionOutcome(
        subscription=event.arn,
        protocol=event.protocol,
        endpoint=event.recipient,
        outcome=_OUTCOMES[event.kind],
        message_id=None if sent is None else sent.message_id,
        answer=answer,
        attempts=[
            Attempt(number=each.attempt, at=each.at, status=each.status, reason=each.reason)
            for each in mine
            if each.kind in _ATTEMPTS
        ],
    )


def _mark(event: HistoryEvent, at_recipient: Sequence[HistoryEvent]) -> str:
    """Returns a remark on a delivery that AWS would not have made, "" for others."""
    denied = next((each for each in at_recipient if each.kind == "AccessWouldBeDenied"), None)
    if denied is None or event.kind not in ("NotificationDelivered", "NotificationDeadLettered"):
        return ""
    advice = f" To allow it: {denied.remedy}." if denied.remedy else ""
    return f" Delivered here; AWS would not have: {denied.reason}.{advice}"


def _without_delivery(pending: bool, beginning: HistoryEvent | None) -> tuple[str, str]:
    """Returns why there is no event of a subscription of the topic: the outcome and a sentence."""
    if pending:
        return "unconfirmed", "the subscription is not confirmed"
    if beginning is not None:
        word = "confirmed" if beginning.kind == "SubscriptionConfirmed" else "subscribed"
        return "later", f"it was {word} only later, at {timestamp(beginning.at)}"
    return "none", "there is no delivery attempt so far"


def _beginnings(published: HistoryEvent, events: Sequence[HistoryEvent]) -> dict[str, HistoryEvent]:
    """Returns the first event of each subscription that began after a publish, by its ARN."""
    found: dict[str, HistoryEvent] = {}
    for event in events:
        if event.kind in ("SubscriptionConfirmed", "SubscriptionCreated") and event.mark > published.mark:
            found.setdefault(event.arn, event)
    return found
