"""Who would get a message that is published to a topic, and why the others would not. Nothing is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from decaf.control import across
from decaf.control.route import ControlRequest, ControlResponse, Refused, Route
from decaf.sns.notification import Notification
from decaf.sns.recipients import Recipients
from decaf.sns.topic import Topic

if TYPE_CHECKING:
    from decaf.world import World


class TryMessage(ControlRequest, frozen=True):
    """The `topic` (an ARN, or a name, in one `account` or in any), and the message to try: its text, and its attributes
    by name, each with DataType and StringValue.
    """

    topic: str
    message: str
    account: str | None = None
    attributes: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


class WouldGet(ControlResponse, frozen=True):
    """A subscription, and whether it would get the message; `reason` is why not, null if it would."""

    arn: str
    protocol: str
    endpoint: str
    gets: bool
    reason: str | None


class Tried(ControlResponse, frozen=True):
    """All subscriptions of the topic."""

    subscriptions: list[WouldGet]


def _try(world: World, request: TryMessage) -> Tried:
    topic = _topic(world, request.topic, request.account)
    notification = Notification(
        message_id="",
        source=topic.arn,
        message=request.message,
        at=world.clock.now(),
        base_url="",
        attributes=_attributes(request.attributes),
    )
    recipients = Recipients(notification, topic.subscribers, topic.in_replay())
    reasons = {subscription.arn: reason for subscription, reason in recipients.filtered_out()}
    getting = {subscription.arn for subscription in recipients.subscriptions}
    return Tried(
        subscriptions=[
            WouldGet(
                arn=str(subscription.arn),
                protocol=subscription.protocol,
                endpoint=subscription.shown_endpoint,
                gets=subscription.arn in getting,
                reason=None if subscription.arn in getting else reasons.get(subscription.arn, _NOT_CONFIRMED),
            )
            for subscription in topic.subscriptions.values()
        ]
    )


_NOT_CONFIRMED = "it is not confirmed, or a replay is under way"


def _attributes(given: dict[str, dict[str, str]]) -> dict[str, dict[str, Any]] | None:
    for name, value in given.items():
        if not value.get("DataType") or "StringValue" not in value:
            raise Refused(f"attribute {name}: a DataType and a StringValue are required")
    return {name: dict(value) for name, value in given.items()} or None


def _topic(world: World, name: str, account: str | None) -> Topic:
    topics = [topic for topic in world.topics() if account in (None, topic.arn.account)]
    found = [topic for topic in topics if name in (topic.arn.resource, str(topic.arn))]
    if not found:
        raise Refused(f"there is no topic {name}", 404)
    if len(found) > 1:
        raise Refused(f"several topics are named {name}: {', '.join(str(topic.arn) for topic in found)}")
    return found[0]


TRY_MESSAGE = Route(
    "POST",
    "/recipients",
    "Return which subscriptions of a topic would get a message, and why the others would not",
    _try,
    TryMessage,
    Tried,
    command='recipients news \'{"kind": "coupon"}\' --attribute kind=coupon',
    python='control.recipients("news", "hello", {"kind": "coupon"})',
    example={
        "topic": "news",
        "message": "hello",
        "attributes": {"kind": {"DataType": "String", "StringValue": "coupon"}},
    },
    across=across.FOUND,
)

ROUTES = (TRY_MESSAGE,)
