"""Text messages as clients meet them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from decaf.base.settings import Settings
from tests.live import Live

PHONE = "+15555550142"


def test_preferences(sns: Any) -> None:
    sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional"})
    assert sns.get_sms_attributes()["attributes"] == {"DefaultSMSType": "Transactional", "MonthlySpendLimit": "1"}
    assert sns.get_sms_attributes(attributes=["DefaultSenderID"])["attributes"] == {}
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.set_sms_attributes(attributes={"DefaultSMSType": "Urgent"})


def test_opting_in(sns: Any) -> None:
    sns.opt_in_phone_number(phoneNumber=PHONE)
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=PHONE)["isOptedOut"] is False
    assert next(iter(sns.get_paginator("list_phone_numbers_opted_out").paginate()))["phoneNumbers"] == []


def test_the_sandbox(live: Live, sns: Any, account: str) -> None:
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is False
    sns.create_sms_sandbox_phone_number(PhoneNumber=PHONE)
    code = live.call(partial(live.world_of(account).inbox.find, kind="Verification", account=account))[-1].token
    with pytest.raises(sns.exceptions.VerificationException):
        sns.verify_sms_sandbox_phone_number(PhoneNumber=PHONE, OneTimePassword="12345678")
    sns.verify_sms_sandbox_phone_number(PhoneNumber=PHONE, OneTimePassword=code)
    numbers = [{"PhoneNumber": PHONE, "Status": "Verified"}]
    assert next(iter(sns.get_paginator("list_sms_sandbox_phone_numbers").paginate()))["PhoneNumbers"] == numbers
    with pytest.raises(sns.exceptions.UserErrorException):
        sns.delete_sms_sandbox_phone_number(PhoneNumber=PHONE)
    with pytest.raises(sns.exceptions.ResourceNotFoundException):
        sns.delete_sms_sandbox_phone_number(PhoneNumber="+15555550143")


def test_origination_numbers() -> None:
    live = Live(Settings(port=0, origination_numbers=({"PhoneNumber": "+12065550100", "CreatedAt": "2024-07-01"},)))
    sns = live.client("sns")
    (number,) = sns.list_origination_numbers()["PhoneNumbers"]
    assert (number["PhoneNumber"], number["NumberCapabilities"]) == ("+12065550100", ["SMS"])
    assert number["CreatedAt"] == datetime(2024, 7, 1, tzinfo=UTC)
    sns.close()
    live.stop()
