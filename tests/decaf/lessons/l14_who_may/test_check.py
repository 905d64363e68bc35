"""Only a run shows whether a stranger is let in, and a queue that is not subscribed refuses nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.lessons.l14_who_may import check
from decaf.lessons.verdict import Diagnosis
from tests.decaf.lessons.fan_out import queue_arn, subscribe, wire_of
from tests.live import Live


def code(live: Live, account: str) -> str:
    verdict = check(wire_of(live, account))
    assert isinstance(verdict, Diagnosis)
    return verdict.code


def test_nothing_published(live: Live, account: str, sqs: Any) -> None:
    queue_arn(sqs, "orders")
    assert code(live, account) == "few-orders"


def test_no_subscription(live: Live, account: str, sns: Any, sqs: Any) -> None:
    queue_arn(sqs, "orders")
    sns.publish(TopicArn=sns.create_topic(Name="orders")["TopicArn"], Message='{"order": 1}')
    assert code(live, account) == "not-subscribed"


def test_no_stranger_has_tried(live: Live, account: str, sns: Any, sqs: Any) -> None:
    topic = sns.create_topic(Name="orders")["TopicArn"]
    live.control.of(account).set_access("enforce")
    subscribe(sns, sqs, topic, "orders", RawMessageDelivery="true")
    live.control.of(account).allow_topic(topic, queue_arn(sqs, "orders"))
    sns.publish(TopicArn=topic, Message='{"order": 1}')
    assert code(live, account) == "no-stranger"


def refused_by(statement: dict[str, Any], live: Live, account: str, sns: Any, sqs: Any) -> Diagnosis:
    """Returns the diagnosis of an order that a queue with a policy of one statement refused."""
    topic = sns.create_topic(Name="orders")["TopicArn"]
    live.control.of(account).set_access("enforce")
    subscribe(sns, sqs, topic, "orders", RawMessageDelivery="true")
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", **statement}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.publish(TopicArn=topic, Message='{"order": 1}')
    verdict = check(wire_of(live, account))
    assert isinstance(verdict, Diagnosis)
    return verdict


@pytest.mark.parametrize("name", ["orders-2", "kitchen*"])
def test_a_policy_about_another_queue(live: Live, account: str, sns: Any, sqs: Any, name: str) -> None:
    resource = queue_arn(sqs, "orders").replace("orders", name)
    verdict = refused_by({"Resource": resource}, live, account, sns, sqs)
    assert verdict.code == "wrong-resource"
    assert verdict.seen == f"Resource {resource}"


@pytest.mark.parametrize("name", ["orders", "or*"])
def test_a_policy_with_another_condition(live: Live, account: str, sns: Any, sqs: Any, name: str) -> None:
    arn = queue_arn(sqs, "orders")
    statement = {"Resource": arn.replace("orders", name), "Condition": {"ArnEquals": {"aws:SourceArn": arn}}}
    assert refused_by(statement, live, account, sns, sqs).code == "wrong-condition"


def test_a_policy_that_sqs_refuses(live: Live, account: str, sns: Any, sqs: Any) -> None:
    topic = sns.create_topic(Name="orders")["TopicArn"]
    statement = {"Resource": queue_arn(sqs, "orders"), "Principal": {"AWS": topic}}
    with pytest.raises(sqs.exceptions.InvalidAttributeValue):
        refused_by(statement, live, account, sns, sqs)
    sns.publish(TopicArn=topic, Message='{"order": 1}')
    assert code(live, account) == "policy-refused"


def test_a_condition_that_fits_a_stranger_too(live: Live, account: str, sns: Any, sqs: Any) -> None:
    arn = queue_arn(sqs, "orders")
    topic, stranger = (sns.create_topic(Name=name)["TopicArn"] for name in ("orders", "rumours"))
    condition = {"StringEquals": {"aws:SourceAccount": account}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": condition,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], Attributes={"Policy": policy})
    live.control.of(account).set_access("enforce")
    for each, order in ((topic, 1), (stranger, 66)):
        subscribe(sns, sqs, each, "orders", RawMessageDelivery="true")
        sns.publish(TopicArn=each, Message=json.dumps({"order": order}))
    verdict = check(wire_of(live, account))
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "everyone"
    assert "aws:SourceAccount" in verdict.sentence
