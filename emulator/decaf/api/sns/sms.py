"""Text messages of an account: preferences, phone numbers that opted out, and origination numbers.

Source: the SNS API Reference, SetSMSAttributes, CheckIfPhoneNumberIsOptedOut and the other SMS operations.
"""

from __future__ import annotations

from decaf.api.sns.paging import page
from decaf.api.sns.service import Sns
from decaf.base.attributes import apply
from decaf.sns.attribute import BadAttribute, UnknownAttribute, read_all
from decaf.sns.errors import invalid, invalid_sms_attribute, phone_number_malformed
from decaf.sns.sms.numbers import is_number, plain
from decaf.sns.sms.preferences import DEFAULT_SPEND_LIMIT, SETTABLE
from decaf.store import REGION_STATE
from decaf_protocol import Call, Result

_MOST_ORIGINATION_NUMBERS = 30  # in a page


def set_sms_attributes(sns: Sns, call: Call, now: float) -> Result:
    try:
        values = read_all(SETTABLE, call.params["attributes"])
    except UnknownAttribute as unknown:
        raise invalid_sms_attribute(f"{unknown} is not a valid attribute") from None
    except BadAttribute as bad:
        raise invalid_sms_attribute(f"{str(bad).partition(':')[0]} is invalid") from None
    apply(sns.region(call).sms.preferences, values)
    sms_changed(sns, call)
    return {}


def get_sms_attributes(sns: Sns, call: Call, now: float) -> Result:
    """The requested attributes, or all: those that were set, and the spend limit, which every account has."""
    requested = call.params.get("attributes") or SETTABLE
    found = {"MonthlySpendLimit": DEFAULT_SPEND_LIMIT} | sns.region(call).sms.preferences
    return {"attributes": {name: SETTABLE[name].write(value) for name, value in found.items() if name in requested}}


def check_if_phone_number_is_opted_out(sns: Sns, call: Call, now: float) -> Result:
    return {"isOptedOut": phone_number(call, "phoneNumber") in sns.region(call).sms.opted_out}


def list_phone_numbers_opted_out(sns: Sns, call: Call, now: float) -> Result:
    numbers = {number: number for number in sns.region(call).sms.opted_out}
    found, token = page(numbers, call.params, "nextToken")
    return {"phoneNumbers": found, "nextToken": token}


def opt_in_phone_number(sns: Sns, call: Call, now: float) -> Result:
    if not sns.region(call).sms.opt_in(phone_number(call, "phoneNumber"), now):
        raise invalid("PhoneNumber Reason: a phone number can be opted in only once every 30 days")
    sms_changed(sns, call)
    return {}


def list_origination_numbers(sns: Sns, call: Call, now: float) -> Result:
    size = call.params.get("MaxResults", _MOST_ORIGINATION_NUMBERS)
    numbers, token = page(sns.origination_numbers, call.params, size=size)
    return {"PhoneNumbers": numbers, "NextToken": token}


def sms_changed(sns: Sns, call: Call) -> None:
    """Note that the SMS state of the caller's account has changed."""
    sns.events.mark_dirty(REGION_STATE, sns.region(call))


def phone_number(call: Call, parameter: str) -> str:
    """Returns the phone number in a parameter, in E.164. Raises InvalidParameter when it is none."""
    number: str = call.params[parameter]
    if not is_number(number):
        raise phone_number_malformed()
    return plain(number)
