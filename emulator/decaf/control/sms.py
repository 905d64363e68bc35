"""Actions of phone owners: opting out of text messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decaf.control.route import ControlRequest, EmptyResponse, Refused, Route
from decaf.sns.sms.numbers import is_number, plain
from decaf.store import REGION_STATE

if TYPE_CHECKING:
    from decaf.world import World


class OptOut(ControlRequest, frozen=True):
    """The number that opts out of the messages of `account`; `region` defaults to the server's own."""

    account: str
    phone_number: str
    region: str | None = None


def _opt_out(world: World, request: OptOut) -> EmptyResponse:
    if not is_number(request.phone_number):
        raise Refused(f"{request.phone_number} is not a phone number")
    region = world.store.region(request.account, request.region or world.settings.region)
    region.sms.opt_out(plain(request.phone_number), world.clock.now())
    world.events.mark_dirty(REGION_STATE, region)
    return EmptyResponse()


OPT_OUT = Route(
    "POST",
    "/sms/opt-out",
    "Opt a phone number out of the text messages of an account",
    _opt_out,
    OptOut,
    EmptyResponse,
    command="sms opt-out +15555550142",
    python='control.opt_out("+15555550142")',
    example={"account": "000000000000", "phone_number": "+15555550142"},
)

ROUTES = (OPT_OUT,)
