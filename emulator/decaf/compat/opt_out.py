"""/_aws/sns/phone-opt-outs: the owner of a phone wants no more text messages of an account.

Source: LocalStack's documentation of SNS, "Phone opt-outs".
"""

from __future__ import annotations

import msgspec

from decaf.compat.route import CompatRequest, Route, answer
from decaf.control.route import Refused
from decaf.sns.sms.numbers import is_number, plain
from decaf.world import World
from decaf_protocol import NO_ACCOUNT, Reply


class _Wish(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    phone_number: str
    account_id: str = NO_ACCOUNT


def _opt_out(world: World, asked: CompatRequest) -> Reply:
    try:
        wish = msgspec.json.decode(asked.request.body, type=_Wish)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Refused(str(error)) from None
    if not is_number(wish.phone_number):
        raise Refused(f"{wish.phone_number} is not a phone number")
    region = world.store.region(wish.account_id, world.settings.region)
    region.sms.opt_out(plain(wish.phone_number), world.clock.now())
    world.events.mark_dirty(region.topic_arn(""))
    return answer({})


ROUTES = (Route("POST", "/_aws/sns/phone-opt-outs", _opt_out),)
