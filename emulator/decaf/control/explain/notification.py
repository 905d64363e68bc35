"""The outcome of a notification for each subscription: whether it was delivered, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from decaf.base.arn import read_arn
from decaf.control.explain.links import Links
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


def deliveries(
    world: World, own: Sequence[HistoryEvent], events: Sequence[HistoryEvent], links: Links
) -> list[SubscriptionOutcome]:
    """Returns the outcome for each subscription of the topic; `own` are the events of the notification."""
    last = {event.arn: event for event in own if event.kind in _OUTCOMES}
    outcomes = [_delivery(world, event, own, events, links) for event in last.values()]
    published = next((event for event in own if event.kind == "NotificationPublished"), None)
    if published is None:
        return outcomes
    arn = read_arn(published.arn)
    topic = None if arn is None else world.store.find_topic(arn)
    others = () if topic is None else (s for s in topic.subscriptions.values() if str(s.arn) not in last)
    for subscription in others:
        outcome, answer = _without_delivery(subscription.pending, str(subscription.arn), published, events)
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
    world: World, event: HistoryEvent, own: Sequence[HistoryEvent], events: Sequence[HistoryEvent], links: Links
) -> SubscriptionOutcome:
    sent = links.sent.get(event.mark)
    mine = [each for each in own if each.arn == event.arn and each.kind in _OUTCOMES]
    last = [each for each in mine if each.kind != "NotificationPostponed"] or [event]
    answer = "; ".join(map(sentence, last))
    answer = f"{answer[0].upper()}{answer[1:]}, at {timestamp(event.at)}."
    answer += _mark(event, own)
    status = None if sent is None or sent.message_id is None else message_status(world, sent.message_id, events, links)
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


def _mark(event: HistoryEvent, own: Sequence[HistoryEvent]) -> str:
    """Returns a remark on a delivery that AWS would not have made, "" for others."""
    denied = next((each for each in own if each.kind == "AccessWouldBeDenied" and each.arn == event.recipient), None)
    if denied is None or event.kind not in ("NotificationDelivered", "NotificationDeadLettered"):
        return ""
    advice = f" To allow it: {denied.remedy}." if denied.remedy else ""
    return f" Delivered here; AWS would not have: {denied.reason}.{advice}"


def _without_delivery(
    pending: bool, arn: str, published: HistoryEvent, events: Sequence[HistoryEvent]
) -> tuple[str, str]:
    """Returns why there is no event of a subscription of the topic: the outcome and a sentence."""
    if pending:
        return "unconfirmed", "the subscription is not confirmed"
    beginning = next(_beginnings(arn, published, events), None)
    if beginning is not None:
        word = "confirmed" if beginning.kind == "SubscriptionConfirmed" else "subscribed"
        return "later", f"it was {word} only later, at {timestamp(beginning.at)}"
    return "none", "there is no delivery attempt so far"


def _beginnings(arn: str, published: HistoryEvent, events: Sequence[HistoryEvent]) -> Iterator[HistoryEvent]:
    for event in events:
        begins = event.kind in ("SubscriptionConfirmed", "SubscriptionCreated") and event.arn == arn
        if begins and event.mark > published.mark:
            yield event
