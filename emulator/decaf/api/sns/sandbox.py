"""The SMS sandbox: whether an account is in it, and the phone numbers that it may send to.

The one-time password that verifies a number is a text message to it: an entry of the inbox.
Source: the SNS API Reference, CreateSMSSandboxPhoneNumber and the other sandbox operations.
"""

from __future__ import annotations

from decaf.api.sns.paging import SIZE, page
from decaf.api.sns.service import Sns
from decaf.api.sns.sms import phone_number, sms_changed
from decaf.sns.errors import opted_out, resource_does_not_exist, throttled, user_error, wrong_code
from decaf.sns.inbox import Entry
from decaf.sns.sms.sandbox import MAX_CODES, MAX_NUMBERS, SandboxNumber
from decaf_protocol import Call, Result


def get_sms_sandbox_account_status(sns: Sns, call: Call, now: float) -> Result:
    return {"IsInSandbox": sns.settings.sms_sandbox == "on"}


def create_sms_sandbox_phone_number(sns: Sns, call: Call, now: float) -> Result:
    """A number that was added before gets another one-time password, unless it is verified."""
    number = phone_number(call, "PhoneNumber")
    account = sns.region(call).sms
    if number in account.opted_out:
        raise opted_out(number)
    known = account.sandbox.numbers.get(number)
    if known is None:
        if account.sandbox.full:
            raise user_error(f"There can be at most {MAX_NUMBERS} phone numbers in the SMS sandbox")
        known = account.sandbox.numbers[number] = SandboxNumber(number, now)
    if not known.verified:
        _send_code(sns, call, known, now)
    return {}


def verify_sms_sandbox_phone_number(sns: Sns, call: Call, now: float) -> Result:
    if not _known(sns, call).verify(call.params["OneTimePassword"]):
        raise wrong_code()
    sms_changed(sns, call)
    return {}


def delete_sms_sandbox_phone_number(sns: Sns, call: Call, now: float) -> Result:
    known = _known(sns, call)
    if not known.can_delete(now):
        raise user_error("A phone number can be deleted from the SMS sandbox 24 hours after it was added")
    del sns.region(call).sms.sandbox.numbers[known.number]
    sms_changed(sns, call)
    return {}


def list_sms_sandbox_phone_numbers(sns: Sns, call: Call, now: float) -> Result:
    size = call.params.get("MaxResults", SIZE)
    numbers, token = page(sns.region(call).sms.sandbox.numbers, call.params, size=size)
    states = {True: "Verified", False: "Pending"}
    return {
        "PhoneNumbers": [{"PhoneNumber": known.number, "Status": states[known.verified]} for known in numbers],
        "NextToken": token,
    }


def _known(sns: Sns, call: Call) -> SandboxNumber:
    known = sns.region(call).sms.sandbox.numbers.get(phone_number(call, "PhoneNumber"))
    if known is None:
        raise resource_does_not_exist()
    return known


def _send_code(sns: Sns, call: Call, to: SandboxNumber, now: float) -> None:
    if not to.can_send(now):
        raise throttled(f"At most {MAX_CODES} one-time passwords are sent to a phone number in 24 hours")
    code = sns.ids.code()
    to.send(code, now)
    sms_changed(sns, call)
    sns.store.inbox.put(
        Entry(
            account=call.account,
            protocol="sms",
            recipient=to.number,
            topic_arn=None,
            message_id=sns.ids.uuid(),
            subject=None,
            body=f"Your verification code is {code}.",
            at=now,
            kind="Verification",
            token=code,
            attributes={"LanguageCode": call.params.get("LanguageCode", "en-US")},
            region=sns.region(call).name,
        )
    )
