"""/_aws/sns/phone-opt-outs: opt a phone number out of the text messages of an account.

Source: LocalStack's documentation of SNS, "Phone opt-outs".
"""

from __future__ import annotations

import msgspec

from decaf.api.places import Place
from decaf.compat.route import CompatRequest, Route, json_reply
from decaf.control.route import Refused
from decaf.sns.sms.numbers import is_number, plain
from decaf.store import REGION_STATE
from decaf.world import World
from decaf_protocol import NO_ACCOUNT, Reply


class _OptOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    phone_number: str
    account_id: str = NO_ACCOUNT


def _opt_out(world: World, request: CompatRequest) -> Reply:
    opt_out = _read(request)
    if not is_number(opt_out.phone_number):
        raise Refused(f"{opt_out.phone_number} is not a phone number")
    region = world.store.region(opt_out.account_id, world.settings.region)
    region.sms.opt_out(plain(opt_out.phone_number), world.clock.now())
    world.events.mark_dirty(REGION_STATE, region)
    return json_reply({})


def _read(request: CompatRequest) -> _OptOut:
    try:
        return msgspec.json.decode(request.http.body, type=_OptOut)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Refused(str(error)) from None


def _place(request: CompatRequest) -> Place:
    return _read(request).account_id, None


ROUTES = (Route("POST", "/_aws/sns/phone-opt-outs", _opt_out, place=_place),)
