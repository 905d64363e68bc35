"""Which calls a match fits: those that have everything that it names."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.faults.match import Context, Match, call_context
from decaf_protocol import Call, Codec, Dialect

ACCOUNT = "111111111111"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders"


def context(operation: str, service: str = "sqs", region: str | None = "eu-west-1", **params: Any) -> Context:
    return call_context(Call(Dialect(service, Codec.QUERY), operation, params, ACCOUNT, region, "", None), "us-east-1")


SENDING = context("SendMessage", QueueUrl=f"http://localhost:4566/eu-west-1/{ACCOUNT}/orders")
PUBLISHING = context("Publish", "sns", TopicArn=TOPIC)


@pytest.mark.parametrize(
    ("names", "fits"),
    [
        ({}, True),
        ({"service": "sqs"}, True),
        ({"service": "sns"}, False),
        ({"operation": "SendMessage"}, True),
        ({"operation": "SendMessageBatch"}, False),
        ({"operation": ["SendMessageBatch", "SendMessage"]}, True),
        ({"operation": ["SendMessageBatch", "ReceiveMessage"]}, False),
        ({"queue": "orders"}, True),
        ({"queue": "order"}, False),
        ({"queue": QUEUE}, True),
        ({"queue": QUEUE.replace("eu-west-1", "us-east-1")}, False),
        ({"queue": f"http://decaf:4566/eu-west-1/{ACCOUNT}/orders"}, True),
        ({"queue": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/orders"}, True),
        ({"queue": f"https://sqs.eu-west-2.amazonaws.com/{ACCOUNT}/orders"}, False),
        ({"queue": "http://decaf:4566/222222222222/orders"}, False),
        ({"topic": "orders"}, False),
        ({"subscriber": "sqs"}, False),
        ({"account": ACCOUNT}, True),
        ({"account": "222222222222"}, False),
        ({"region": "eu-west-1"}, True),
        ({"region": "us-east-1"}, False),
        ({"service": "sqs", "operation": "SendMessage", "queue": "payments"}, False),
    ],
)
def test_a_call_to_a_queue(names: dict[str, Any], fits: bool) -> None:
    assert Match(**names).fits(SENDING) is fits


@pytest.mark.parametrize(
    ("names", "fits"),
    [
        ({"service": "sns"}, True),
        ({"topic": "orders"}, True),
        ({"topic": TOPIC}, True),
        ({"topic": TOPIC + "2"}, False),
        ({"topic": "payments"}, False),
        ({"queue": "orders"}, False),
    ],
)
def test_a_call_to_a_topic(names: dict[str, Any], fits: bool) -> None:
    assert Match(**names).fits(PUBLISHING) is fits


@pytest.mark.parametrize(
    ("call", "queue", "topic"),
    [
        (context("CreateQueue", QueueName="orders"), QUEUE, None),
        (context("GetQueueUrl", QueueName="orders", QueueOwnerAWSAccountId=ACCOUNT), QUEUE, None),
        (context("SendMessage", QueueUrl="orders"), QUEUE, None),
        (context("StartMessageMoveTask", SourceArn=QUEUE), QUEUE, None),
        (context("ListQueues"), None, None),
        (context("CreateTopic", "sns", Name="orders"), None, TOPIC),
        (context("Publish", "sns", TargetArn=TOPIC), None, TOPIC),
        (context("TagResource", "sns", ResourceArn=TOPIC), None, TOPIC),
        (context("Unsubscribe", "sns", SubscriptionArn=f"{TOPIC}:0b5e"), None, TOPIC),
        (context("Publish", "sns", PhoneNumber="+15555550142"), None, None),
    ],
    ids=lambda value: getattr(value, "operation", None),
)
def test_the_queue_or_topic_of_a_call(call: Context, queue: str | None, topic: str | None) -> None:
    assert [None if arn is None else str(arn) for arn in (call.queue, call.topic)] == [queue, topic]


def test_a_call_without_a_region_is_for_the_default_one() -> None:
    assert context("ListQueues", region=None).region == "us-east-1"


@pytest.mark.parametrize(
    ("names", "owner"),
    [
        ({}, None),
        ({"queue": "orders"}, None),
        ({"account": "222222222222"}, "222222222222"),
        ({"queue": QUEUE}, ACCOUNT),
        ({"topic": TOPIC}, ACCOUNT),
        ({"subscriber": f"{TOPIC}:0b5e"}, ACCOUNT),
    ],
)
def test_the_account_beyond_which_a_match_cannot_reach(names: dict[str, Any], owner: str | None) -> None:
    assert Match(**names).owner == owner
