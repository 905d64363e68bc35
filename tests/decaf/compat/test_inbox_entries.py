"""/_aws/sns/...: what phones and apps were sent, the tokens of subscriptions, opting out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.decaf.compat.conftest import EmulatorClient
from tests.live import Live

TEXTS = "/_aws/sns/sms-messages"
PUSHES = "/_aws/sns/platform-endpoint-messages"
TOKENS = "/_aws/sns/subscription-tokens"
PHONE = "+15555550142"
SIZE = {"size": {"DataType": "String", "StringValue": "large"}, "raw": {"DataType": "Binary", "BinaryValue": b"\x01"}}


@pytest.fixture
def device(sns: Any) -> str:
    """An endpoint of an app."""
    attributes = {"PlatformCredential": "key"}
    application = sns.create_platform_application(Name="cafe", Platform="GCM", Attributes=attributes)
    arn = application["PlatformApplicationArn"]
    endpoint: str = sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="token")["EndpointArn"]
    return endpoint


def test_a_text_message_is_found_by_its_number(emulator: EmulatorClient, sns: Any, account: str) -> None:
    sent = sns.publish(PhoneNumber=PHONE, Message="Ready", MessageAttributes=SIZE)
    message = {
        "PhoneNumber": PHONE,
        "TopicArn": None,
        "SubscriptionArn": None,
        "MessageId": sent["MessageId"],
        "Message": "Ready",
        "MessageAttributes": {**SIZE, "raw": {"DataType": "Binary", "BinaryValue": "AQ=="}},
        "MessageStructure": None,
        "Subject": None,
    }
    expected = {"sms_messages": {PHONE: [message]}, "region": "us-east-1"}
    assert emulator.get(TEXTS, accountId=account).json == expected
    assert emulator.get(TEXTS, accountId=account, phoneNumber=PHONE).json == expected
    other = emulator.get(TEXTS, accountId=account, phoneNumber="+15555550143").json
    assert other["sms_messages"] == {"+15555550143": []}
    assert emulator.get(TEXTS, accountId=account, region="eu-west-1").json == {
        "sms_messages": {},
        "region": "eu-west-1",
    }


def test_a_text_message_of_a_topic_names_it(emulator: EmulatorClient, sns: Any, account: str) -> None:
    topic = sns.create_topic(Name="ready", Attributes={"DisplayName": "Cafe"})["TopicArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=PHONE)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message=json.dumps({"default": "-", "sms": "Ready"}), MessageStructure="json")
    (message,) = emulator.get(TEXTS, accountId=account).json["sms_messages"][PHONE]
    assert (message["TopicArn"], message["SubscriptionArn"]) == (topic, subscription)
    assert (message["MessageStructure"], message["Message"]) == ("json", '"Ready"')


def test_text_messages_are_forgotten(emulator: EmulatorClient, live: Live, sns: Any, account: str) -> None:
    there = live.client("sns", account, "eu-west-1")
    for client in (sns, there):
        client.publish(PhoneNumber=PHONE, Message="Ready")
    there.close()
    sns.publish(PhoneNumber="+15555550143", Message="Ready")
    assert emulator.request("DELETE", TEXTS, accountId=account, phoneNumber="+15555550143").status == 204
    assert list(emulator.get(TEXTS, accountId=account).json["sms_messages"]) == [PHONE]
    deleted = emulator.request("DELETE", TEXTS, accountId=account)
    assert (deleted.status, deleted.text, deleted.headers.get("Content-Length")) == (204, "", None)
    assert emulator.get(TEXTS, accountId=account).json["sms_messages"] == {}
    assert list(emulator.get(TEXTS, accountId=account, region="eu-west-1").json["sms_messages"]) == [PHONE]


def test_a_push_message_is_found_by_its_endpoint(emulator: EmulatorClient, sns: Any, account: str, device: str) -> None:
    payload = json.dumps({"notification": {"title": "Ready"}})
    texts = json.dumps({"default": "Ready", "GCM": payload})
    sent = sns.publish(TargetArn=device, Message=texts, MessageStructure="json", Subject="Coffee")
    message = {
        "TargetArn": device,
        "TopicArn": "",
        "MessageId": sent["MessageId"],
        "Message": json.dumps(payload),
        "MessageAttributes": {},
        "MessageStructure": "json",
        "Subject": "Coffee",
    }
    expected = {"platform_endpoint_messages": {device: [message]}, "region": "us-east-1"}
    assert emulator.get(PUSHES, accountId=account).json == expected
    assert emulator.get(PUSHES, endpointArn=device).json == expected
    assert emulator.get(PUSHES).json["platform_endpoint_messages"].get(device) is None
    assert emulator.get(PUSHES, endpointArn="device").status == 400


def test_push_messages_are_deleted(emulator: EmulatorClient, sns: Any, account: str, device: str) -> None:
    topic = sns.create_topic(Name="ready")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="application", Endpoint=device)
    sns.publish(TopicArn=topic, Message="Ready")
    (message,) = emulator.get(PUSHES, accountId=account).json["platform_endpoint_messages"][device]
    assert (message["TopicArn"], message["Message"]) == (topic, "Ready")
    assert emulator.request("DELETE", PUSHES, endpointArn=device).status == 204
    assert emulator.get(PUSHES, endpointArn=device).json["platform_endpoint_messages"] == {device: []}
    assert emulator.get(PUSHES, accountId=account).json["platform_endpoint_messages"] == {}


def test_the_token_of_a_subscription_confirms_it(emulator: EmulatorClient, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    asked = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com", ReturnSubscriptionArn=True)
    arn = asked["SubscriptionArn"]
    answer = emulator.get(f"{TOKENS}/{arn}").json
    assert answer["subscription_arn"] == arn
    confirmed = sns.confirm_subscription(TopicArn=topic, Token=answer["subscription_token"])
    assert confirmed["SubscriptionArn"] == arn


def test_there_is_no_token_of_no_subscription(emulator: EmulatorClient) -> None:
    unknown = "arn:aws:sns:us-east-1:000000000000:news:0b5e"
    answer = emulator.get(f"{TOKENS}/{unknown}")
    assert answer.status == 404
    assert answer.json == {"error": "The provided SubscriptionARN is not found", "subscription_arn": unknown}
    answer = emulator.get(f"{TOKENS}/news")
    assert answer.status == 400
    assert answer.json == {"error": "The provided SubscriptionARN is invalid", "subscription_arn": "news"}


def test_a_phone_opts_out(emulator: EmulatorClient, sns: Any, account: str) -> None:
    wish = {"phoneNumber": PHONE, "accountId": account}
    assert emulator.request("POST", "/_aws/sns/phone-opt-outs", json.dumps(wish).encode()).status == 200
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == [PHONE]


@pytest.mark.parametrize("wish", [b"", b"{}", b'{"phoneNumber": "home"}', b"\xff"])
def test_only_a_phone_can_opt_out(emulator: EmulatorClient, wish: bytes) -> None:
    assert emulator.request("POST", "/_aws/sns/phone-opt-outs", wish).status == 400
