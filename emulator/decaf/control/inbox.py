"""The inbox: messages delivered to phones, mailboxes, apps and Firehose streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from decaf.control import across
from decaf.control.route import ControlRequest, ControlResponse, EmptyResponse, Route

if TYPE_CHECKING:
    from decaf.world import World


class FindDeliveries(ControlRequest, frozen=True):
    """Selects the deliveries that have all the given values. `account` owns the topic, or published the message."""

    account: str | None = None
    protocol: str | None = None
    recipient: str | None = None
    topic_arn: str | None = None
    kind: str | None = None
    message_id: str | None = None


class ClearInbox(ControlRequest, frozen=True):
    """The account whose deliveries to delete; without it, all."""

    account: str | None = None


class Delivery(ControlResponse, frozen=True):
    """One delivery. `at` is in epoch seconds; `topic_arn` is null for a direct publish to a number or device.

    `kind` is Notification, SubscriptionConfirmation, UnsubscribeConfirmation or Verification; all but the first have
    the `token` to confirm or verify with. `attributes` depend on the protocol: a text message may have a SenderID.
    """

    protocol: str
    recipient: str
    topic_arn: str | None
    message_id: str
    subject: str | None
    body: str
    at: float
    kind: str
    token: str | None
    subscription_arn: str | None
    attributes: dict[str, str | int | float]


class Deliveries(ControlResponse, frozen=True):
    """Deliveries, oldest first."""

    deliveries: list[Delivery]


def find_deliveries(world: World, request: FindDeliveries) -> Deliveries:
    """Returns the deliveries that a request selects."""
    found = world.inbox.find(**msgspec.structs.asdict(request))
    names = Delivery.__struct_fields__
    return Deliveries(deliveries=[Delivery(**{name: getattr(entry, name) for name in names}) for entry in found])


def _clear(world: World, request: ClearInbox) -> EmptyResponse:
    world.clear_inbox(request.account)
    return EmptyResponse()


FIND_DELIVERIES = Route(
    "GET",
    "/inbox",
    "Return the messages delivered to phones, mailboxes, apps and Firehose streams",
    find_deliveries,
    FindDeliveries,
    Deliveries,
    command="inbox --protocol sms",
    python='control.inbox("sms")',
    example={"protocol": "sms"},
    across=across.lists("deliveries", lambda delivery: delivery.at),
)
CLEAR_INBOX = Route(
    "DELETE",
    "/inbox",
    "Delete the deliveries of one account, or all",
    _clear,
    ClearInbox,
    EmptyResponse,
    command="inbox --clear --account 000000000000",
    python='control.of("000000000000").clear_inbox()',
    example={"account": "000000000000"},
    across=across.CHANGED,
)

ROUTES = (FIND_DELIVERIES, CLEAR_INBOX)
