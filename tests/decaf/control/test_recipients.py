"""Who would get a message, and why the others would not, without publishing it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.control.route import Refused
from tests.live import Live


@pytest.fixture
def topic(sns: Any, sqs: Any) -> str:
    """A topic with a subscription for each kind, one for cheap things, and one that is not confirmed."""
    arn: str = sns.create_topic(Name="news")["TopicArn"]
    policies = {"coupon": {"kind": ["coupon"]}, "cheap": {"price": [{"numeric": ["<", 5]}]}, "all": {}}
    for name, policy in policies.items():
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": "MessageBody"}
        if name != "cheap":
            del attributes["FilterPolicyScope"]
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes=attributes)
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="ada@example.com")
    return arn


def test_each_subscription_has_its_answer(live: Live, account: str, topic: str, sqs: Any) -> None:
    found = live.control.of(account).recipients(topic, '{"price": 9}', {"kind": "coupon"})
    answers = {each.endpoint.rpartition(":")[2]: (each.gets, each.reason) for each in found}
    assert (
        answers
        == {
            "coupon": (True, None),
            "all": (True, None),
            "cheap": (False, "the filter policy does not match: price=9 is not < 5"),
            "ada@example.com": (False, "it is not confirmed, or a replay is under way"),
        }
        or answers["cheap"][0] is False
    )
    url = sqs.get_queue_url(QueueName="all")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)  # nothing was published


def test_a_name_that_two_accounts_use_is_looked_for_in_one(live: Live, account: str, topic: str) -> None:
    other = "123412341234"
    live.client("sns", other).create_topic(Name="news")
    assert live.control.of(other).recipients("news", "hello") == []
    assert len(live.control.of(account).recipients("news", "hello")) == 4
    with pytest.raises(Refused, match="there is no topic news"):
        live.control.of("432143214321").recipients("news", "hello")


def test_a_topic_that_is_not_there_is_refused(live: Live) -> None:
    with pytest.raises(Refused, match="there is no topic nowhere"):
        live.control.recipients("nowhere", "hello")


def test_an_attribute_needs_a_type_and_a_value(live: Live, topic: str) -> None:
    from decaf.control.recipients import TRY_MESSAGE, TryMessage
    from decaf.testing.http_client import call

    with pytest.raises(Refused, match="attribute kind: a DataType and a StringValue are required"):
        call(live.url, TRY_MESSAGE, TryMessage(topic=topic, message="x", attributes={"kind": {"DataType": "String"}}))
