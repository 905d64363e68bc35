"""What a fault did is told: in the history, with its rule, the call and the target; in the list, how often."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from decaf.control.event_filter import Happened
from decaf.testing import Control
from tests.decaf.conftest import FaultsOverHttp
from tests.live import Live


@pytest.fixture
def control(live: Live, account: str) -> Control:
    return live.control.of(account)


def _struck(control: Control) -> list[Happened]:
    return control.events("FaultInjected")


CALLS: list[tuple[str, dict[str, Any], str, str]] = [
    ("error", {"code": "OverLimit"}, "SendMessage", "the call is answered with the error OverLimit"),
    ("throttle", {}, "SendMessage", "the call is throttled"),
    ("latency", {"seconds": 0.0}, "SendMessage", "the answer is 0 seconds late"),
    ("latency", {"seconds": 0.0, "late": "call"}, "SendMessage", "the call is 0 seconds late"),
    ("drop", {}, "SendMessage", "the call is lost"),
    ("drop", {"lost": "answer"}, "SendMessage", "the answer is lost"),
    (
        "partial_batch",
        {"fail": ["a"]},
        "SendMessageBatch",
        "the entries a of the batch fail with InternalFailure",
    ),
    (
        "partial_batch",
        {"fail": 1, "code": "OverLimit"},
        "SendMessageBatch",
        "the first 1 entries of the batch fail with OverLimit",
    ),
    ("reorder", {}, "ReceiveMessage", "messages are received by chance, not in their order"),
    ("duplicate", {}, "ReceiveMessage", "it is delivered twice"),
]


@pytest.mark.parametrize(("kind", "effect", "operation", "text"), CALLS)
def test_a_call_struck_is_told_with_its_fault_its_operation_and_its_queue(
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
    (told,) = _struck(control)
    assert (told.fault, told.effect, told.operation) == (fault, kind, operation)
    assert told.arn == f"arn:aws:sqs:us-east-1:{account}:orders"
    assert told.reason == text
    assert faults.counts(fault) == (1, 1)


def test_a_message_that_comes_twice_is_named(control: Control, faults: FaultsOverHttp, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sent = sqs.send_message(QueueUrl=url, MessageBody="latte")["MessageId"]
    faults.set("duplicate", {"queue": "orders"})
    sqs.receive_message(QueueUrl=url)
    assert [told.message_id for told in _struck(control)] == [sent]
    assert "it is delivered twice" in [step.text for step in control.explain(sent).timeline][-2]


@pytest.mark.parametrize(
    ("kind", "effect", "text"),
    [
        ("fail", {"status": 503}, "the endpoint answers with status 503"),
        ("timeout", {}, "the endpoint does not answer in time"),
        ("duplicate", {}, "it is delivered twice"),
    ],
)
def test_a_delivery_struck_is_told_with_its_subscription_and_what_it_carried(
    faults: FaultsOverHttp, control: Control, sqs: Any, sns: Any, kind: str, effect: dict[str, Any], text: str
) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="news")["TopicArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    fault = faults.set(kind, {"subscriber": queue}, **effect)
    published = sns.publish(TopicArn=topic, Message="latte")["MessageId"]
    (told,) = _struck(control)
    assert (told.fault, told.effect, told.operation, told.reason) == (fault, kind, None, text)
    assert (told.arn, told.protocol, told.recipient) == (subscription, "sqs", queue)
    assert told.message_id == published
    said = f"the fault {fault} struck the delivery to sqs {queue}: {text}"
    assert said in [step.text for step in control.explain(published).timeline]
