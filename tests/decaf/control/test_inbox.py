"""GET and DELETE /_decaf/inbox: what reached phones, mail boxes and apps."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

PHONE = "+15555550142"
MAIL = "customer@example.com"


def ask(endpoint: str, method: str = "GET", **query: str) -> Any:
    request = Request(f"{endpoint}/_decaf/inbox?{urlencode(query)}", method=method)
    try:
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["error"]


@pytest.fixture
def topic(sns: Any, account: str) -> str:
    """A topic that a phone and a mail box hear."""
    arn: str = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint=PHONE)
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=MAIL)
    return arn


def test_entries_have_these_fields_and_no_others(endpoint: str, sns: Any, topic: str) -> None:
    published = sns.publish(TopicArn=topic, Message="Ready")
    asked, sms = ask(endpoint, topic_arn=topic)["deliveries"]
    assert sms.pop("at") == pytest.approx(asked.pop("at"), abs=60)
    assert sms.pop("subscription_arn").startswith(f"{topic}:")
    assert sms == {
        "protocol": "sms",
        "recipient": PHONE,
        "topic_arn": topic,
        "message_id": published["MessageId"],
        "subject": None,
        "body": "Ready",
        "kind": "Notification",
        "token": None,
        "attributes": {"SMSType": "Promotional", "Encoding": "GSM", "Parts": 1, "PriceInUSD": 0.0},
    }
    assert asked["kind"] == "SubscriptionConfirmation"
    assert asked.keys() == sms.keys() | {"subscription_arn"}


def test_entries_are_filtered(endpoint: str, sns: Any, topic: str) -> None:
    published = sns.publish(TopicArn=topic, Message="Ready")
    for filters, protocols in [
        ({"topic_arn": topic}, ["email", "sms"]),
        ({"topic_arn": topic, "protocol": "sms"}, ["sms"]),
        ({"topic_arn": topic, "recipient": MAIL}, ["email"]),
        ({"topic_arn": topic, "recipient": MAIL, "protocol": "sms"}, []),
        ({"topic_arn": topic, "kind": "SubscriptionConfirmation"}, ["email"]),
        ({"message_id": published["MessageId"]}, ["sms"]),
    ]:
        deliveries = ask(endpoint, **filters)["deliveries"]
        assert [delivery["protocol"] for delivery in deliveries] == protocols


def test_a_parameter_that_does_not_exist_is_an_error(endpoint: str) -> None:
    assert ask(endpoint, topic="x") == (400, "Object contains unknown field `topic`")
    assert ask(endpoint, protocol="sms", colour="") == (400, "Object contains unknown field `colour`")


def test_the_inbox_can_be_emptied(endpoint: str, topic: str) -> None:
    assert ask(endpoint, topic_arn=topic)["deliveries"] != []
    assert ask(endpoint, method="DELETE") == {}
    assert ask(endpoint)["deliveries"] == []


def test_a_reset_of_an_account_takes_its_entries_away(endpoint: str, topic: str, account: str) -> None:
    body = json.dumps({"account": "999999999999"}).encode()
    urlopen(Request(f"{endpoint}/_decaf/reset", body), timeout=10).close()
    assert len(ask(endpoint, topic_arn=topic)["deliveries"]) == 1
    body = json.dumps({"account": account}).encode()
    urlopen(Request(f"{endpoint}/_decaf/reset", body), timeout=10).close()
    assert ask(endpoint, topic_arn=topic)["deliveries"] == []
