"""Calls that repeat are judged once, and again when what they were judged by has changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from decaf.testing import Decaf, Settings
from tests.decaf.access.table import OWNER

QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:orders"
TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:sales"


def policy(effect: str, action: str, resource: str) -> str:
    """Returns a policy that allows or denies an action to all."""
    statement = {"Effect": effect, "Principal": {"AWS": "*"}, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def server() -> Iterator[Decaf]:
    """A server without declared identities: there an allowed call is not judged again when it is repeated."""
    with Decaf(Settings(port=0, access="enforce")) as server:
        yield server


def test_a_queue_that_was_replaced_is_judged_by_its_own_policy(server: Decaf) -> None:
    sqs = server.client("sqs", OWNER)
    url = sqs.create_queue(QueueName="orders", Attributes={"Policy": policy("Deny", "sqs:SendMessage", QUEUE)})[
        "QueueUrl"
    ]
    snapshot = server.call(server.world.snapshot)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    server.call(server.world.restore, snapshot)
    for _ in range(2):
        with pytest.raises(sqs.exceptions.ClientError, match="explicit deny"):
            sqs.send_message(QueueUrl=url, MessageBody="x")


def test_a_topic_that_was_replaced_is_judged_by_its_own_policy(server: Decaf) -> None:
    sns = server.client("sns", OWNER)
    sns.create_topic(Name="sales", Attributes={"Policy": policy("Deny", "sns:Publish", TOPIC)})
    snapshot = server.call(server.world.snapshot)
    sns.set_topic_attributes(
        TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy("Allow", "sns:Publish", TOPIC)
    )
    for _ in range(3):
        sns.publish(TopicArn=TOPIC, Message="x")
    server.call(server.world.restore, snapshot)
    for _ in range(2):
        with pytest.raises(sns.exceptions.ClientError, match="explicit deny"):
            sns.publish(TopicArn=TOPIC, Message="x")


def test_who_does_not_sign_is_not_let_in_by_the_calls_of_those_who_do(server: Decaf) -> None:
    sqs = server.client("sqs", "000000000000")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "AmazonSQS.SendMessage",
        "Host": "sqs.us-east-1.amazonaws.com",  # which names the region, as signatures do
    }
    body = json.dumps({"QueueUrl": url, "MessageBody": "x"}).encode()
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(server.url, body, headers), timeout=10)
    with refused.value:
        assert refused.value.code == 403
