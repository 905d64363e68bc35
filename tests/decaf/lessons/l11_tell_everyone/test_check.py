"""What is said of a topic that copies orders to some, to nobody, or to queues that nobody reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.lessons.l11_tell_everyone import DEPARTMENTS, check
from decaf.lessons.verdict import Diagnosis, Passed
from tests.decaf.lessons.fan_out import subscribe, wire_of
from tests.live import Live


@pytest.fixture
def topic(sns: Any) -> str:
    arn: str = sns.create_topic(Name="orders")["TopicArn"]
    return arn


def publish(sns: Any, topic: str) -> None:
    for order in (1, 2, 3):
        sns.publish(TopicArn=topic, Message=json.dumps({"order": order}))


def handle(sqs: Any, queue: str, department: str) -> None:
    """Receive all orders of a queue, and send their numbers to where the department's work is counted."""
    done = sqs.create_queue(QueueName=f"made-{department}")["QueueUrl"]
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]:
        body = json.loads(message["Body"])
        sqs.send_message(QueueUrl=done, MessageBody=body.get("Message") or message["Body"])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def code(live: Live, account: str) -> str:
    verdict = check(wire_of(live, account))
    assert isinstance(verdict, Diagnosis)
    return verdict.code


def test_no_order(live: Live, account: str) -> None:
    assert code(live, account) == "few-orders"


def test_a_topic_keeps_nothing(live: Live, account: str, sns: Any, topic: str) -> None:
    publish(sns, topic)
    assert code(live, account) == "nobody-subscribed"


def test_queues_that_nobody_reads(live: Live, account: str, sns: Any, sqs: Any, topic: str) -> None:
    for department in DEPARTMENTS:
        subscribe(sns, sqs, topic, department)
    publish(sns, topic)
    assert code(live, account) == "unread"


def test_one_department_without_its_work(live: Live, account: str, sns: Any, sqs: Any, topic: str) -> None:
    for department in DEPARTMENTS:
        subscribe(sns, sqs, topic, department, RawMessageDelivery="true")
    publish(sns, topic)
    for department in DEPARTMENTS:
        handle(sqs, department, "kitchen" if department == "stock" else department)
    assert code(live, account) == "missing"


@pytest.mark.parametrize("raw", ["true", "false"])
def test_names_are_free_and_one_form_for_all_is_remarked(
    live: Live, account: str, sns: Any, sqs: Any, topic: str, raw: str
) -> None:
    for department in DEPARTMENTS:
        subscribe(sns, sqs, topic, f"for-{department}", RawMessageDelivery=raw)
    publish(sns, topic)
    for department in DEPARTMENTS:
        handle(sqs, f"for-{department}", department)
    verdict = check(wire_of(live, account))
    assert isinstance(verdict, Passed)
    assert "envelope" in verdict.remark
