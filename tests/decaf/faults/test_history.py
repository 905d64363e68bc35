"""The history has each hit of a fault, with the rule, the call and the target; the list of faults has how often."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from decaf.observe.history import HistoryEvent
from decaf.testing import Control
from tests.decaf.conftest import FaultsOverHttp
from tests.live import Live


@pytest.fixture
def control(live: Live, account: str) -> Control:
    return live.control.of(account)


def _hits(control: Control) -> list[HistoryEvent]:
    return control.events("FaultInjected")


CALLS: list[tuple[str, dict[str, Any], str, str]] = [
    ("error", {"code": "OverLimit"}, "SendMessage", "the response is the error OverLimit"),
    ("throttle", {}, "SendMessage", "the request is throttled"),
    ("latency", {"seconds": 0.0}, "SendMessage", "the response is 0 seconds late"),
    ("latency", {"seconds": 0.0, "late": "request"}, "SendMessage", "the request is 0 seconds late"),
    ("drop", {}, "SendMessage", "the request is lost"),
    ("drop", {"lost": "response"}, "SendMessage", "the response is lost"),
    (
        "partial_batch",
        {"fail": ["a"]},
        "SendMessageBatch",
        "the entry a fails in the batch with InternalFailure",
    ),
    (
        "partial_batch",
        {"fail": 1, "code": "OverLimit"},
        "SendMessageBatch",
        "the first entry fails in the batch with OverLimit",
    ),
    ("reorder", {}, "ReceiveMessage", "messages are received at random, not in their order"),
    ("duplicate", {}, "ReceiveMessage", "the message is delivered twice"),
]


@pytest.mark.parametrize(("kind", "effect", "operation", "text"), CALLS)
def test_a_hit_of_a_call_is_an_event_with_its_fault_operation_and_queue(
    faults: FaultsOverHttp,
    control: Control,
    sqs: Any,
    account: str,
    kind: str,
    effect: dict[str, Any],
    operation: str,
    text: str,
) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    fault = faults.set(kind, {"queue": "orders"}, {"nth": 1}, **effect)
    calls = {
        "SendMessage": lambda: sqs.send_message(QueueUrl=url, MessageBody="decaf"),
        "SendMessageBatch": lambda: sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "decaf"}]),
        "ReceiveMessage": lambda: sqs.receive_message(QueueUrl=url),
    }
    with suppress(ClientError, ConnectionClosedError):
        calls[operation]()
    (hit,) = _hits(control)
    assert (hit.fault, hit.effect, hit.operation) == (fault, kind, operation)
    assert hit.arn == f"arn:aws:sqs:us-east-1:{account}:orders"
    assert hit.reason == text
    assert faults.counts(fault) == (1, 1)


def test_a_message_that_comes_twice_is_named(control: Control, faults: FaultsOverHttp, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sent = sqs.send_message(QueueUrl=url, MessageBody="latte")["MessageId"]
    faults.set("duplicate", {"queue": "orders"})
    sqs.receive_message(QueueUrl=url)
    assert [hit.message_id for hit in _hits(control)] == [sent]
    assert "the message is delivered twice" in [step.text for step in control.explain(sent).timeline][-2]


@pytest.mark.parametrize(
    ("kind", "effect", "text"),
    [
        ("fail", {"status": 503}, "the endpoint responds with status 503"),
        ("timeout", {}, "the endpoint does not respond in time"),
        ("duplicate", {}, "the message is delivered twice"),
    ],
)
def test_a_hit_of_a_delivery_is_an_event_with_its_subscription_and_message(
    faults: FaultsOverHttp, control: Control, sqs: Any, sns: Any, kind: str, effect: dict[str, Any], text: str
) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="news")["TopicArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    fault = faults.set(kind, {"subscriber": queue}, **effect)
    published = sns.publish(TopicArn=topic, Message="latte")["MessageId"]
    (hit,) = _hits(control)
    assert (hit.fault, hit.effect, hit.operation, hit.reason) == (fault, kind, None, text)
    assert (hit.arn, hit.protocol, hit.recipient) == (subscription, "sqs", queue)
    assert hit.message_id == published
    said = f"the fault {fault} fired on the delivery to sqs {queue}: {text}"
    assert said in [step.text for step in control.explain(published).timeline]
