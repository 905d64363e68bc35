"""The SMS sandbox: numbers, the codes they are sent, and who can be texted."""

from __future__ import annotations

import pytest

from decaf.base.events import NotificationFailed
from tests.decaf.sns.cloud import ACCOUNT, Cloud

PHONE = "+15555550142"
DAY = 86_400


def add(cloud: Cloud, number: str = PHONE) -> str:
    """The code that a number was sent."""
    cloud.sns("CreateSMSSandboxPhoneNumber", PhoneNumber=number)
    return str(cloud.inbox(kind="Verification", recipient=number)[-1].token)


def states(cloud: Cloud) -> dict[str, str]:
    listed = cloud.sns("ListSMSSandboxPhoneNumbers")["PhoneNumbers"]
    return {number["PhoneNumber"]: number["Status"] for number in listed}


def wrong(code: str) -> str:
    return str((int(code) + 1) % 1_000_000).zfill(6)


def test_accounts_are_in_the_sandbox_only_with_the_setting(cloud: Cloud) -> None:
    assert cloud.sns("GetSMSSandboxAccountStatus") == {"IsInSandbox": False}
    assert Cloud(sms_sandbox="on").sns("GetSMSSandboxAccountStatus") == {"IsInSandbox": True}


def test_a_number_is_texted_a_code_that_verifies_it(cloud: Cloud) -> None:
    code = add(cloud)
    (sms,) = cloud.inbox()
    assert (sms.protocol, sms.kind, sms.account) == ("sms", "Verification", ACCOUNT)
    assert (code in sms.body, len(code), code.isdigit()) == (True, 6, True)
    assert sms.attributes == {"LanguageCode": "en-US"}
    assert states(cloud) == {PHONE: "Pending"}
    cloud.sns("VerifySMSSandboxPhoneNumber", PhoneNumber=PHONE, OneTimePassword=code)
    assert states(cloud) == {PHONE: "Verified"}


def test_a_wrong_code_verifies_nothing(cloud: Cloud) -> None:
    code = add(cloud)
    refusal = cloud.refusal("VerifySMSSandboxPhoneNumber", PhoneNumber=PHONE, OneTimePassword=wrong(code))
    assert refusal.startswith("VerificationException: ")
    assert states(cloud) == {PHONE: "Pending"}


def test_only_the_latest_code_is_good(cloud: Cloud) -> None:
    first, second = add(cloud), add(cloud)
    assert first != second
    cloud.refusal("VerifySMSSandboxPhoneNumber", PhoneNumber=PHONE, OneTimePassword=first)
    cloud.sns("VerifySMSSandboxPhoneNumber", PhoneNumber=PHONE, OneTimePassword=second)


def test_a_verified_number_is_sent_no_more_codes(cloud: Cloud) -> None:
    cloud.sns("VerifySMSSandboxPhoneNumber", PhoneNumber=PHONE, OneTimePassword=add(cloud))
    add(cloud)
    assert (len(cloud.inbox()), states(cloud)) == (1, {PHONE: "Verified"})


def test_the_language_of_the_code_is_recorded(cloud: Cloud) -> None:
    cloud.sns("CreateSMSSandboxPhoneNumber", PhoneNumber=PHONE, LanguageCode="pt-BR")
    assert cloud.inbox()[0].attributes == {"LanguageCode": "pt-BR"}


def test_five_codes_a_day_are_sent_to_a_number(cloud: Cloud) -> None:
    for _ in range(5):
        add(cloud)
    assert cloud.refusal("CreateSMSSandboxPhoneNumber", PhoneNumber=PHONE).startswith("Throttled: ")
    cloud.advance(DAY)
    add(cloud)
    assert len(cloud.inbox()) == 6


def test_ten_numbers_fit(cloud: Cloud) -> None:
    for number in range(10):
        add(cloud, f"+1555555014{number}")
    assert cloud.refusal("CreateSMSSandboxPhoneNumber", PhoneNumber="+15555550199").startswith("UserError: ")


def test_a_number_stays_for_a_day(cloud: Cloud) -> None:
    add(cloud)
    cloud.advance(DAY - 1)
    assert cloud.refusal("DeleteSMSSandboxPhoneNumber", PhoneNumber=PHONE).startswith("UserError: ")
    cloud.advance(1)
    cloud.sns("DeleteSMSSandboxPhoneNumber", PhoneNumber=PHONE)
    assert states(cloud) == {}


@pytest.mark.parametrize("operation", ["VerifySMSSandboxPhoneNumber", "DeleteSMSSandboxPhoneNumber"])
def test_a_number_that_is_not_there(cloud: Cloud, operation: str) -> None:
    refusal = cloud.refusal(operation, PhoneNumber=PHONE, OneTimePassword="00000")
    assert refusal == "ResourceNotFound: Resource does not exist"
    malformed = "InvalidParameter: Invalid parameter: PhoneNumber Reason: input incorrectly formatted"
    assert cloud.refusal(operation, PhoneNumber="", OneTimePassword="00000") == malformed


def test_who_opted_out_is_sent_no_code(cloud: Cloud) -> None:
    cloud.opt_out(PHONE)
    assert cloud.refusal("CreateSMSSandboxPhoneNumber", PhoneNumber=PHONE).startswith("OptedOut: ")
    assert cloud.inbox() == []


def test_numbers_are_listed_in_pages(cloud: Cloud) -> None:
    numbers = [f"+1555555014{number}" for number in range(3)]
    for number in numbers:
        add(cloud, number)
    first = cloud.sns("ListSMSSandboxPhoneNumbers", MaxResults=2)
    second = cloud.sns("ListSMSSandboxPhoneNumbers", MaxResults=2, NextToken=first["NextToken"])
    assert [number["PhoneNumber"] for number in first["PhoneNumbers"] + second["PhoneNumbers"]] == numbers
    assert second["NextToken"] is None


def test_an_account_in_the_sandbox_reaches_verified_numbers_only() -> None:
    cloud = Cloud(sms_sandbox="on")
    other = "+15555550199"
    add(cloud, other)
    cloud.sns("VerifySMSSandboxPhoneNumber", PhoneNumber=PHONE, OneTimePassword=add(cloud))
    events = cloud.listen()
    for number in (PHONE, other):
        cloud.sns("Publish", PhoneNumber=number, Message="x")
    assert [sms.recipient for sms in cloud.inbox(kind="Notification")] == [PHONE]
    assert isinstance(events[-1], NotificationFailed)
    assert events[-1].subject.outcome.reason.startswith("The account is in the SMS sandbox")
