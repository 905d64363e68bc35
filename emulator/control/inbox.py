"""What reached phones, mail boxes, apps and delivery streams."""

from __future__ import annotations

import msgspec

from emulator.control.route import Done, Gives, Nothing, Route, Takes
from emulator.world import World


class Find(Takes, frozen=True):
    """Which deliveries: all that have what is given."""

    protocol: str | None = None
    recipient: str | None = None
    topic_arn: str | None = None
    kind: str | None = None
    message_id: str | None = None


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


def _find(world: World, wanted: Find) -> Deliveries:
    found = world.inbox.find(**msgspec.structs.asdict(wanted))
    names = Delivery.__struct_fields__
    return Deliveries(deliveries=[Delivery(**{name: getattr(entry, name) for name in names}) for entry in found])


def _clear(world: World, _: Nothing) -> Done:
    world.inbox.clear()
    return Done()


ROUTES = (
    Route(
        "GET",
        "/inbox",
        "What was delivered to phones, mail boxes, apps and delivery streams",
        _find,
        Find,
        Deliveries,
    ),
    Route("DELETE", "/inbox", "Forget what was delivered", _clear),
)
