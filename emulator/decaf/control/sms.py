"""What the owners of phones do: asking for no more text messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decaf.control.route import Done, Refused, Route, Takes
from decaf.sns.sms.numbers import is_number, plain

if TYPE_CHECKING:
    from decaf.world import World


class OptOut(Takes, frozen=True):
    """Whose messages to which number; `region` is the server's own unless given."""

    account: str
    phone_number: str
    region: str | None = None


def _opt_out(world: World, who: OptOut) -> Done:
    if not is_number(who.phone_number):
        raise Refused(f"{who.phone_number} is not a phone number")
    region = world.store.region(who.account, who.region or world.settings.region)
    region.sms.opt_out(plain(who.phone_number), world.clock.now())
    world.events.mark_dirty(region.topic_arn(""))
    return Done()


ROUTES = (
    Route(
        "POST",
        "/sms/opt-out",
        "Let a phone have no more text messages of an account",
        _opt_out,
        OptOut,
        example={"account": "000000000000", "phone_number": "+15555550142"},
    ),
)
