"""Redrive policies: what one may say, and which queues may name which."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.refusals import refusal

VALUE = "InvalidParameterValue"
TARGET = "arn:aws:sqs:us-east-1:ACCOUNT:dead"  # ACCOUNT is the test's own

NO_MAP = "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map."
REDRIVE: list[tuple[str, str]] = [
    ("{}", "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
    ('{"maxReceiveCount":5}', "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
    ('{"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}', "Invalid value for deadLetterTargetArn."),
    *(
        (
            f'{{"deadLetterTargetArn":"{TARGET}","maxReceiveCount":{count}}}',
            f"Invalid value for maxReceiveCount: {shown}, valid values are from 1 to 1000 both inclusive.",
        )
        for count, shown in (("0", "0"), ("1001", "1001"), ("-1", "-1"), ('"many"', "many"))
    ),
    *(
        (f'{{"deadLetterTargetArn":"{target}","maxReceiveCount":3}}', reason)
        for target, reason in (
            ("arn:aws:sqs:us-east-1:ACCOUNT:gone", "Dead letter target does not exist."),
            (f"{TARGET}.fifo", "Dead-letter queue must be same type of queue as the source."),
            ("arn:aws:sqs:eu-west-1:ACCOUNT:dead", "Dead-letter target must be in same region as the source."),
            ("arn:aws:sqs:us-east-1:999999999999:dead", "Dead-letter target owner should be same as the source."),
            ("arn:aws:sns:us-east-1:ACCOUNT:topic", "Only SQS queues are valid resources for deadLetterTargetArn."),
        )
    ),
    (
        f'{{"deadLetterTargetArn":"{TARGET}","maxReceiveCount":3,"x":1}}',
        "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].",
    ),
]


@pytest.mark.parametrize(("policy", "reason"), REDRIVE)
def test_a_redrive_policy_is_refused_with_its_text(sqs: Any, url: str, account: str, policy: str, reason: str) -> None:
    sqs.create_queue(QueueName="dead")
    sqs.create_queue(QueueName="dead.fifo", Attributes={"FifoQueue": "true"})
    policy = policy.replace("ACCOUNT", account)
    said = (VALUE, f"Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}")
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": policy}) == said
    assert refusal(sqs.create_queue, QueueName="new", Attributes={"RedrivePolicy": policy}) == said


@pytest.mark.parametrize("policy", ["junk", " ", "[]", "4", "null"])
def test_a_redrive_policy_is_a_map(sqs: Any, url: str, policy: str) -> None:
    said = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": policy})
    assert said == ("InvalidAttributeValue", NO_MAP)


CANNOT = "Amazon SQS can't create the redrive allow policy"
NO_FORMAT = f"Invalid value for the parameter RedriveAllowPolicy. Reason: {CANNOT}, as it’s in an unsupported format."
ALLOWING: list[tuple[Any, str, str]] = [
    ([], "InvalidAttributeValue", NO_FORMAT),
    ({}, "InvalidAttributeValue", NO_FORMAT),
    ({"redrivePermission": "maybe"}, "InvalidAttributeValue", NO_FORMAT),
    ({"redrivePermission": "allowAll", "x": 1}, "InvalidAttributeValue", NO_FORMAT),
    ({"redrivePermission": "byQueue", "sourceQueueArns": "arn:aws:sqs"}, "InvalidAttributeValue", NO_FORMAT),
    ({"redrivePermission": "byQueue", "sourceQueueArns": [1]}, "InvalidAttributeValue", NO_FORMAT),
    *(
        (
            policy,
            VALUE,
            f"Value {json.dumps(policy)} for parameter RedriveAllowPolicy is invalid. Reason: {CANNOT}. {reason}",
        )
        for policy, reason in (
            (
                {"redrivePermission": "byQueue"},
                "When you specify the byQueue permission type, you must also specify one or more "
                "sourceQueueArns values.",
            ),
            (
                {"redrivePermission": "denyAll", "sourceQueueArns": ["arn:aws:sqs:us-east-1:123456789012:x"]},
                "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.",
            ),
            (
                {"redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:us-east-1:123456789012:x"] * 11},
                "The maximum number of source queue ARNs you can specify is 10.",
            ),
        )
    ),
]


@pytest.mark.parametrize(("policy", "code", "text"), ALLOWING)
def test_a_redrive_allow_policy_says(sqs: Any, url: str, policy: Any, code: str, text: str) -> None:
    given = {"RedriveAllowPolicy": json.dumps(policy)}
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=given) == (code, text)


def _redrive(arn: str, receives: Any = 1) -> dict[str, str]:
    return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})}


@pytest.fixture
def dead(sqs: Any, arn: str) -> str:
    """The ARN of a queue that can be a dead-letter queue."""
    sqs.create_queue(QueueName="dead")
    return f"{arn}dead"


def test_max_receive_count_reads_back_as_a_number(sqs: Any, url: str, dead: str) -> None:
    sqs.set_queue_attributes(QueueUrl=url, Attributes=_redrive(dead, "1000"))
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    assert kept == f'{{"deadLetterTargetArn":"{dead}","maxReceiveCount":1000}}'


def test_a_queue_is_created_again_whatever_the_form_of_its_redrive_policy(sqs: Any, dead: str) -> None:
    url = sqs.create_queue(QueueName="orders", Attributes=_redrive(dead, 3))["QueueUrl"]
    assert sqs.create_queue(QueueName="orders", Attributes=_redrive(dead, "3"))["QueueUrl"] == url
    assert refusal(sqs.create_queue, QueueName="orders", Attributes=_redrive(dead, 4)) == (
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute RedrivePolicy",
    )


@pytest.mark.parametrize(
    ("allow", "allowed"),
    [
        ({"redrivePermission": "allowAll"}, True),
        ({"redrivePermission": "denyAll"}, False),
        ({"redrivePermission": "byQueue", "sourceQueueArns": ["ORDERS"]}, True),
        ({"redrivePermission": "byQueue", "sourceQueueArns": ["ORDERS-2"]}, False),
    ],
)
def test_the_dead_letter_queue_decides_which_queues_may_name_it(
    sqs: Any, url: str, arn: str, dead: str, allow: dict[str, Any], allowed: bool
) -> None:
    policy = json.dumps(allow).replace("ORDERS", f"{arn}orders")
    sqs.set_queue_attributes(QueueUrl=url.replace("orders", "dead"), Attributes={"RedriveAllowPolicy": policy})
    if allowed:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=_redrive(dead))
    else:
        assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=_redrive(dead))[0] == VALUE


def test_sources_of_a_dead_letter_queue_are_listed_in_pages(sqs: Any, url: str, dead: str) -> None:
    dead_url = url.replace("orders", "dead")
    assert "queueUrls" not in sqs.list_dead_letter_source_queues(QueueUrl=dead_url)
    urls = [sqs.create_queue(QueueName=f"source-{n}", Attributes=_redrive(dead))["QueueUrl"] for n in range(3)]
    first = sqs.list_dead_letter_source_queues(QueueUrl=dead_url, MaxResults=2)
    rest = sqs.list_dead_letter_source_queues(QueueUrl=dead_url, MaxResults=2, NextToken=first["NextToken"])
    assert (first["queueUrls"], rest["queueUrls"]) == (urls[:2], urls[2:])
    assert "NextToken" not in rest
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead_url)["queueUrls"] == urls
    sqs.set_queue_attributes(QueueUrl=urls[0], Attributes={"RedrivePolicy": ""})
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead_url)["queueUrls"] == urls[1:]


def test_messages_stay_when_the_dead_letter_queue_is_gone(
    sqs: Any, url: str, dead: str, advance: Callable[[float], None]
) -> None:
    sqs.set_queue_attributes(QueueUrl=url, Attributes=_redrive(dead))
    sqs.delete_queue(QueueUrl=url.replace("orders", "dead"))
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    for _ in range(3):
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"
        advance(30)
