"""SetSMSAttributes, GetSMSAttributes, and the attributes of one message."""

from __future__ import annotations

from typing import Any

import pytest

from tests.decaf.sns.cloud import ACCOUNT, Cloud

INVALID = "InvalidParameter: Invalid parameter: "
PHONE = "+15555550142"


UNTOUCHED = {"MonthlySpendLimit": "1"}  # what an account has that set nothing: recorded in 2025-10


def prefer(cloud: Cloud, **preferences: str) -> None:
    cloud.sns("SetSMSAttributes", attributes=preferences)


def preferences(cloud: Cloud, *names: str) -> dict[str, str]:
    found: dict[str, str] = cloud.sns("GetSMSAttributes", attributes=list(names))["attributes"]
    return found


def saying(**attributes: str) -> dict[str, dict[str, str]]:
    """Message attributes AWS.SNS.SMS.*."""
    return {
        f"AWS.SNS.SMS.{name}": {"DataType": "Number" if name == "MaxPrice" else "String", "StringValue": value}
        for name, value in attributes.items()
    }


def facts(cloud: Cloud) -> dict[str, Any]:
    return dict(cloud.inbox()[-1].attributes)


def test_preferences_are_returned_all_or_by_name(cloud: Cloud) -> None:
    assert preferences(cloud) == UNTOUCHED
    prefer(cloud, DefaultSenderID="Coffee", MonthlySpendLimit="1.50", DeliveryStatusSuccessSamplingRate="10")
    assert preferences(cloud) == {
        "DefaultSenderID": "Coffee",
        "MonthlySpendLimit": "1.50",
        "DeliveryStatusSuccessSamplingRate": "10",
    }
    assert preferences(cloud, "DefaultSenderID", "DefaultSMSType") == {"DefaultSenderID": "Coffee"}


def test_preferences_are_of_an_account_in_a_region(cloud: Cloud) -> None:
    prefer(cloud, DefaultSenderID="Coffee")
    assert cloud.sns("GetSMSAttributes", region="eu-west-1") == {"attributes": UNTOUCHED}
    assert cloud.sns("GetSMSAttributes", account="222222222222") == {"attributes": UNTOUCHED}


def test_the_empty_text_takes_a_preference_away(cloud: Cloud) -> None:
    prefer(cloud, DefaultSenderID="Coffee", DefaultSMSType="Transactional")
    prefer(cloud, DefaultSenderID="", MonthlySpendLimit="")
    assert preferences(cloud) == UNTOUCHED | {"DefaultSMSType": "Transactional"}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("DefaultColour", "red", "DefaultColour is not a valid attribute"),
        ("DefaultSMSType", "Urgent", "DefaultSMSType is invalid"),
        ("DefaultSenderID", "123", "DefaultSenderID is invalid"),
        ("DefaultSenderID", "a b", "DefaultSenderID is invalid"),
        ("DefaultSenderID", "a" * 12, "DefaultSenderID is invalid"),
        ("DeliveryStatusSuccessSamplingRate", "101", "DeliveryStatusSuccessSamplingRate is invalid"),
        ("MonthlySpendLimit", "-1", "MonthlySpendLimit is invalid"),
        ("MonthlySpendLimit", "nan", "MonthlySpendLimit is invalid"),
        ("MonthlySpendLimit", "much", "MonthlySpendLimit is invalid"),
    ],
)
def test_bad_preferences_are_refused_and_change_nothing(cloud: Cloud, name: str, value: str, text: str) -> None:
    given = {"UsageReportS3Bucket": "reports", name: value}
    refusal = cloud.refusal("SetSMSAttributes", attributes=given)
    assert refusal == f"InvalidParameter: {text}"
    assert preferences(cloud) == UNTOUCHED


def test_a_text_message_is_promotional_and_has_no_sender_id_by_default(cloud: Cloud) -> None:
    cloud.sns("Publish", PhoneNumber=PHONE, Message="Ready")
    assert facts(cloud) == {"SMSType": "Promotional", "Encoding": "GSM", "Parts": 1, "PriceInUSD": 0.0}


def test_a_message_wins_over_the_preferences(cloud: Cloud) -> None:
    prefer(cloud, DefaultSenderID="Coffee", DefaultSMSType="Transactional")
    cloud.sns("Publish", PhoneNumber=PHONE, Message="Ready")
    assert (facts(cloud)["SenderID"], facts(cloud)["SMSType"]) == ("Coffee", "Transactional")
    attributes = saying(SenderID="Tea", SMSType="Promotional", MaxPrice="0.10")
    attributes["AWS.MM.SMS.OriginationNumber"] = {"DataType": "String", "StringValue": "+12065550100"}
    cloud.sns("Publish", PhoneNumber=PHONE, Message="Ready", MessageAttributes=attributes)
    shown = facts(cloud)
    assert {name: shown[name] for name in ("SenderID", "SMSType", "MaxPrice", "OriginationNumber")} == {
        "SenderID": "Tea",
        "SMSType": "Promotional",
        "MaxPrice": "0.10",
        "OriginationNumber": "+12065550100",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("AWS.SNS.SMS.SMSType", "Urgent"), ("AWS.SNS.SMS.SenderID", "1"), ("AWS.MM.SMS.OriginationNumber", "home")],
)
def test_the_attributes_of_a_message_are_checked(cloud: Cloud, name: str, value: str) -> None:
    attributes = {name: {"DataType": "String", "StringValue": value}}
    refusal = cloud.refusal("Publish", PhoneNumber=PHONE, Message="x", MessageAttributes=attributes)
    assert refusal.startswith(f"{INVALID}MessageAttributes Reason: {name}: ")


@pytest.mark.parametrize("name", ["AWS.SNS.SMS.SenderId", "aws.color", "Amazon.Color"])
def test_other_reserved_names_are_not_taken(cloud: Cloud, name: str) -> None:
    attributes = {name: {"DataType": "String", "StringValue": "x"}}
    assert cloud.refusal("Publish", PhoneNumber=PHONE, Message="x", MessageAttributes=attributes) == (
        "ParameterValueInvalid: Message attribute names starting with 'AWS.' or 'Amazon.' are reserved for use by "
        "Amazon."
    )


def test_a_number_is_the_accounts_own_matter(cloud: Cloud) -> None:
    prefer(cloud, DefaultSenderID="Coffee")
    cloud.sns("Publish", account="222222222222", PhoneNumber=PHONE, Message="x")
    (sms,) = cloud.inbox()
    assert sms.account != ACCOUNT
    assert "SenderID" not in sms.attributes
