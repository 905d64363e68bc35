"""POST /_decaf/sms/opt-out: a phone's owner wants no more."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PHONE = "+15555550142"


def opt_out(endpoint: str, **who: str) -> Any:
    try:
        with urlopen(Request(f"{endpoint}/_decaf/sms/opt-out", json.dumps(who).encode()), timeout=10) as answer:
            return json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["error"]


def test_a_phone_opts_out_of_one_accounts_messages(endpoint: str, live: Any, sns: Any, account: str) -> None:
    assert opt_out(endpoint, account=account, phone_number=PHONE) == {}
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=PHONE)["isOptedOut"] is True
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == [PHONE]
    elsewhere = live.client("sns", account, "eu-west-1")
    assert elsewhere.check_if_phone_number_is_opted_out(phoneNumber=PHONE)["isOptedOut"] is False
    opt_out(endpoint, account=account, phone_number=PHONE, region="eu-west-1")
    assert elsewhere.check_if_phone_number_is_opted_out(phoneNumber=PHONE)["isOptedOut"] is True
    elsewhere.close()


def test_a_phone_has_a_number(endpoint: str, account: str) -> None:
    assert opt_out(endpoint, account=account, phone_number="home") == (400, "home is not a phone number")
