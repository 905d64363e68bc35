"""What reached phones, mail boxes, apps and delivery streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from decaf.control.route import Done, Gives, Route, Takes

if TYPE_CHECKING:
    from decaf.world import World


class FindDeliveries(Takes, frozen=True):
    """Which deliveries: all that have what is given. `account` owns the topic, or published the message."""

    account: str | None = None
    protocol: str | None = None
    recipient: str | None = None
    topic_arn: str | None = None
    kind: str | None = None
    message_id: str | None = None


class Clear(Takes, frozen=True):
    """What to forget: all deliveries, or those of `account`."""

    account: str | None = None


class Delivery(Gives, frozen=True):
    """One delivery. `at` is epoch seconds; `topic_arn` is null for what was sent to a number or device itself.

    `kind` is Notification, SubscriptionConfirmation, UnsubscribeConfirmation or Verification; all but the first have
    a `token` to answer with.
    `attributes` are facts of the channel, such as the SenderID of a text message.
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


class Deliveries(Gives, frozen=True):
    """Deliveries, oldest first."""

    deliveries: list[Delivery]


def _find(world: World, wanted: FindDeliveries) -> Deliveries:
    found = world.inbox.find(**msgspec.structs.asdict(wanted))
    names = Delivery.__struct_fields__
    return Deliveries(deliveries=[Delivery(**{name: getattr(entry, name) for name in names}) for entry in found])


def _clear(world: World, what: Clear) -> Done:
    world.clear_inbox(what.account)
    return Done()


ROUTES = (
    Route(
        "GET",
        "/inbox",
        "What was delivered to phones, mail boxes, apps and delivery streams",
        _find,
        FindDeliveries,
        Deliveries,
        example={"protocol": "sms"},
    ),
    Route(
        "DELETE",
        "/inbox",
        "Forget what was delivered, all or of one account",
        _clear,
        Clear,
        example={"account": "000000000000"},
    ),
)
