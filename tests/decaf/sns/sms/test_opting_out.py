"""Phone numbers that opted out, and the messages they do not get."""

from __future__ import annotations

import pytest

from decaf.base.events import NotificationFailed
from tests.decaf.sns.cloud import Cloud

PHONE = "+15555550142"
MONTH = 30 * 86_400


def opt_out(cloud: Cloud, number: str = PHONE) -> None:
    cloud.opt_out(number)


def is_out(cloud: Cloud, number: str = PHONE) -> bool:
    return bool(cloud.sns("CheckIfPhoneNumberIsOptedOut", phoneNumber=number)["isOptedOut"])


def test_a_phone_is_opted_out_until_it_is_opted_in(cloud: Cloud) -> None:
    assert not is_out(cloud)
    opt_out(cloud)
    assert is_out(cloud)
    assert is_out(cloud, PHONE[1:])
    cloud.sns("OptInPhoneNumber", phoneNumber=PHONE)
    assert not is_out(cloud)


def test_publishing_to_it_succeeds_and_delivers_nothing(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "sms", "+1-555-555-0142")
    opt_out(cloud)
    events = cloud.listen()
    cloud.sns("Publish", PhoneNumber=PHONE, Message="x")
    cloud.sns("Publish", TopicArn=topic, Message="x")
    failed = [event.subject.outcome.reason for event in events if isinstance(event, NotificationFailed)]
    assert failed == ["Phone number is opted out"] * 2
    assert cloud.inbox() == []


def test_opting_in_is_possible_once_in_thirty_days(cloud: Cloud) -> None:
    opt_out(cloud)
    cloud.sns("OptInPhoneNumber", phoneNumber=PHONE)
    opt_out(cloud)
    cloud.advance(MONTH - 1)
    refusal = cloud.refusal("OptInPhoneNumber", phoneNumber=PHONE)
    assert refusal.startswith("InvalidParameter: Invalid parameter: PhoneNumber Reason: ")
    cloud.advance(1)
    cloud.sns("OptInPhoneNumber", phoneNumber=PHONE)
    assert not is_out(cloud)


def test_opting_in_who_never_was_out_is_no_error(cloud: Cloud) -> None:
    for _ in range(2):
        assert cloud.sns("OptInPhoneNumber", phoneNumber=PHONE) == {}


def test_numbers_opted_out_are_listed_a_hundred_at_a_time(cloud: Cloud) -> None:
    numbers = {f"+1555555{number:04}" for number in range(101)}
    for number in numbers:
        opt_out(cloud, number)
    first = cloud.sns("ListPhoneNumbersOptedOut")
    second = cloud.sns("ListPhoneNumbersOptedOut", nextToken=first["nextToken"])
    assert (len(first["phoneNumbers"]), second["nextToken"]) == (100, None)
    assert {*first["phoneNumbers"], *second["phoneNumbers"]} == numbers


@pytest.mark.parametrize("operation", ["CheckIfPhoneNumberIsOptedOut", "OptInPhoneNumber"])
def test_a_phone_number_is_one(cloud: Cloud, operation: str) -> None:
    assert (
        cloud.refusal(operation, phoneNumber="call me")
        == "InvalidParameter: Invalid parameter: PhoneNumber Reason: input incorrectly formatted"
    )


def test_opting_out_is_from_one_account(cloud: Cloud) -> None:
    opt_out(cloud)
    cloud.sns("Publish", account="222222222222", PhoneNumber=PHONE, Message="x")
    assert len(cloud.inbox()) == 1
