"""What a call needs to be allowed: IAM's names of actions, and the resource of each operation."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from decaf.access.demand import demands
from decaf.api.sns import OPERATIONS as SNS_OPERATIONS
from decaf.api.sqs import OPERATIONS as SQS_OPERATIONS
from decaf_protocol import Call, Codec, Dialect

ACCOUNT, OTHER = "111122223333", "444455556666"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:sales"
HANDLE = base64.b64encode(json.dumps({"sourceArn": QUEUE, "taskId": "x"}).encode()).decode()
ON_SOURCE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


def needed(service: str, operation: str, **params: Any) -> list[tuple[str, str]]:
    call = Call(Dialect(service, Codec.QUERY), operation, params, ACCOUNT, None, "localhost", None)
    return [(demand.action, demand.resource) for demand in demands(call, "us-east-1")]


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("SendMessage", {"QueueUrl": f"http://x/{ACCOUNT}/orders"}, [("sqs:SendMessage", QUEUE)]),
        ("SendMessageBatch", {"QueueUrl": "orders"}, [("sqs:SendMessage", QUEUE)]),
        (
            "DeleteMessage",
            {"QueueUrl": f"http://x/eu-west-1/{OTHER}/q"},
            [("sqs:DeleteMessage", f"arn:aws:sqs:eu-west-1:{OTHER}:q")],
        ),
        ("ListQueues", {}, [("sqs:ListQueues", f"arn:aws:sqs:us-east-1:{ACCOUNT}:")]),
        ("CreateQueue", {"QueueName": "orders"}, [("sqs:CreateQueue", QUEUE)]),
        ("GetQueueUrl", {"QueueName": "orders"}, [("sqs:GetQueueUrl", QUEUE)]),
        (
            "GetQueueUrl",
            {"QueueName": "q", "QueueOwnerAWSAccountId": OTHER},
            [("sqs:GetQueueUrl", f"arn:aws:sqs:us-east-1:{OTHER}:q")],
        ),
        (
            "ListMessageMoveTasks",
            {"SourceArn": QUEUE},
            [(action, QUEUE) for action in ("sqs:ListMessageMoveTasks", *ON_SOURCE)],
        ),
        (
            "CancelMessageMoveTask",
            {"TaskHandle": HANDLE},
            [(action, QUEUE) for action in ("sqs:CancelMessageMoveTask", *ON_SOURCE)],
        ),
        ("CancelMessageMoveTask", {"TaskHandle": "x"}, []),
        (
            "StartMessageMoveTask",
            {"SourceArn": QUEUE, "DestinationArn": f"{QUEUE}2"},
            [
                *((action, QUEUE) for action in ("sqs:StartMessageMoveTask", *ON_SOURCE)),
                ("sqs:SendMessage", f"{QUEUE}2"),
            ],
        ),
        ("StartMessageMoveTask", {"SourceArn": "orders"}, []),
    ],
)
def test_operations_of_sqs(operation: str, params: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert needed("sqs", operation, **params) == expected


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("Publish", {"TopicArn": TOPIC}, [("sns:Publish", TOPIC)]),
        ("Publish", {"TargetArn": TOPIC}, [("sns:Publish", TOPIC)]),
        ("Publish", {"PhoneNumber": "+15555550100"}, [("sns:Publish", "+15555550100")]),
        ("PublishBatch", {"TopicArn": TOPIC}, [("sns:Publish", TOPIC)]),
        ("Subscribe", {"TopicArn": TOPIC}, [("sns:Subscribe", TOPIC)]),
        ("CreateTopic", {"Name": "sales"}, [("sns:CreateTopic", TOPIC)]),
        ("TagResource", {"ResourceArn": TOPIC}, [("sns:TagResource", TOPIC)]),
        ("ListTopics", {}, [("sns:ListTopics", f"arn:aws:sns:us-east-1:{ACCOUNT}:*")]),
        ("Unsubscribe", {"SubscriptionArn": f"{TOPIC}:x"}, [("sns:Unsubscribe", f"arn:aws:sns:us-east-1:{ACCOUNT}:*")]),
        ("SetSMSAttributes", {}, [("sns:SetSMSAttributes", f"arn:aws:sns:us-east-1:{ACCOUNT}:*")]),
        ("Publish", {"TopicArn": "sales"}, []),
    ],
)
def test_operations_of_sns(operation: str, params: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert needed("sns", operation, **params) == expected


def test_every_operation_needs_something() -> None:
    params = {
        "QueueUrl": "orders",
        "QueueName": "orders",
        "SourceArn": QUEUE,
        "TaskHandle": HANDLE,
        "ResourceArn": TOPIC,
        "Name": "sales",
    }
    for operation in SQS_OPERATIONS:
        assert needed("sqs", operation, **params), operation
    del params["QueueUrl"]
    for operation in SNS_OPERATIONS:
        assert needed("sns", operation, **params), operation


def test_the_identity_of_a_caller_needs_nothing() -> None:
    assert needed("sts", "GetCallerIdentity") == []
