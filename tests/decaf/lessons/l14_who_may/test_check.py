"""Only a run shows whether a stranger is let in, and a queue that is not subscribed refuses nothing."""

from __future__ import annotations

from typing import Any

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
