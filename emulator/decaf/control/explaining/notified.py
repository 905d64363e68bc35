"""What each subscription got of a notification, or why it got nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from decaf.base.arn import read_arn
from decaf.control.explaining.fate import fate
from decaf.control.explaining.links import Links
from decaf.control.explaining.sentences import sentence
from decaf.control.route import Gives
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


class ToSubscriber(Gives, frozen=True):
    """What became of a notification for one `subscription`, or for the number or device it was published to.

    `outcome` is delivered, filtered, postponed, failed, dead_lettered; or unconfirmed, later (it was subscribed or
    confirmed only after that), none. A queue got it as the message `message_id`.
    """

    subscription: str
    protocol: str | None
    endpoint: str | None
    outcome: str
    message_id: str | None
    answer: str


def deliveries(
    world: World, own: Sequence[HistoryEvent], records: Sequence[HistoryEvent], links: Links
) -> list[ToSubscriber]:
    """One per subscription that the notification, whose records are `own`, did or could concern."""
    last = {record.arn: record for record in own if record.kind in _OUTCOMES}
    heard = [_heard(world, record, own, records, links) for record in last.values()]
    published = next((record for record in own if record.kind == "NotificationPublished"), None)
    if published is None:
        return heard
    arn = read_arn(published.arn)
    topic = None if arn is None else world.store.find_topic(arn)
    others = () if topic is None else (s for s in topic.subscriptions.values() if str(s.arn) not in last)
    for subscription in others:
        outcome, answer = _unheard(subscription.pending, str(subscription.arn), published, records)
        heard.append(
            ToSubscriber(
                subscription=str(subscription.arn),
                protocol=subscription.protocol,
                endpoint=subscription.endpoint,
                outcome=outcome,
                message_id=None,
                answer=f"Not delivered to {subscription.protocol} {subscription.endpoint}: {answer}.",
            )
        )
    return heard


def _heard(
    world: World, record: HistoryEvent, own: Sequence[HistoryEvent], records: Sequence[HistoryEvent], links: Links
) -> ToSubscriber:
    sent = links.sent.get(record.mark)
    said = [sentence(r) for r in own if r.arn == record.arn and r.kind in _OUTCOMES]
    answer = "; ".join(said)
    answer = f"{answer[0].upper()}{answer[1:]}, at {timestamp(record.at)}."
    became = None if sent is None or sent.message_id is None else fate(world, sent.message_id, records, links)
    if became is not None and sent is not None:
        answer += f" There it is message {sent.message_id}. {became.answer}"
    return ToSubscriber(
        subscription=record.arn,
        protocol=record.protocol,
        endpoint=record.recipient,
        outcome=_OUTCOMES[record.kind],
        message_id=None if sent is None else sent.message_id,
        answer=answer,
    )


def _unheard(pending: bool, arn: str, published: HistoryEvent, records: Sequence[HistoryEvent]) -> tuple[str, str]:
    """Why a subscription of the topic has heard nothing of what was published."""
    if pending:
        return "unconfirmed", "the subscription is not confirmed"
    beginning = next(_beginnings(arn, published, records), None)
    if beginning is not None:
        word = "confirmed" if beginning.kind == "SubscriptionConfirmed" else "subscribed"
        return "later", f"it was {word} only later, at {timestamp(beginning.at)}"
    return "none", "nothing has come of it so far"


def _beginnings(arn: str, published: HistoryEvent, records: Sequence[HistoryEvent]) -> Iterator[HistoryEvent]:
    for record in records:
        begins = record.kind in ("SubscriptionConfirmed", "SubscriptionCreated") and record.arn == arn
        if begins and record.mark > published.mark:
            yield record
