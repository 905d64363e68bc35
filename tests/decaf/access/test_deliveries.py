"""Deliveries of SNS: what a queue, its key or a function does not let in goes the way that AWS sends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from decaf.access.deliveries import read_keys
from decaf.base.settings import BadSetting
from decaf.functions.function import BadFunction, Function
from decaf.testing import Decaf, Settings
from tests.decaf.access.table import OTHER, OWNER

KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/1234"
CLOSED = f"arn:aws:kms:us-east-1:{OWNER}:key/5678"
ADMITS = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
    }
}
ROOT_ONLY = {
    "Statement": {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "kms:*", "Resource": "*"},
}
KEYS = ({"key": KEY, "alias": "open", "policy": ADMITS}, {"key": CLOSED, "policy": json.dumps(ROOT_ONLY)})


@pytest.fixture(scope="module")
def server() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, access="enforce", kms_keys=KEYS)) as server:
        yield server


class Cloud:
    """A topic and a queue subscribed to it, without a policy."""

    def __init__(self, server: Decaf) -> None:
        self.server = server
        self.control = server.control.of(OWNER)
        self.sqs, self.sns = server.client("sqs", OWNER), server.client("sns", OWNER)
        self.topic = self.sns.create_topic(Name="sales")["TopicArn"]
        self.queue = self.make_queue("orders")
        self.subscription = self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn_of(self.queue))[
            "SubscriptionArn"
        ]

    def make_queue(self, name: str) -> str:
        return str(self.sqs.create_queue(QueueName=name)["QueueUrl"])

    def admit(self, queue: str, **changes: Any) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn_of(queue),
            "Condition": {"ArnEquals": {"aws:SourceArn": self.topic}},
            **changes,
        }
        self.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": statement})})

    def set(self, queue: str, **attributes: str) -> None:
        self.sqs.set_queue_attributes(QueueUrl=queue, Attributes=attributes)

    def publish(self, text: str = "hello") -> str:
        return str(self.sns.publish(TopicArn=self.topic, Message=text)["MessageId"])

    def count(self, queue: str) -> int:
        found = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def failure(self) -> Any:
        """Returns the only event of a delivery that failed."""
        (event,) = self.control.events("NotificationFailed")
        return event


def arn_of(url: str) -> str:
    return f"arn:aws:sqs:us-east-1:{OWNER}:{url.rpartition('/')[2]}"


@pytest.fixture
def cloud(server: Decaf) -> Iterator[Cloud]:
    yield Cloud(server)
    server.call(server.world.reset)


def test_a_queue_without_a_policy_gets_nothing(cloud: Cloud) -> None:
    message_id = cloud.publish()
    assert cloud.count(cloud.queue) == 0
    event = cloud.failure()
    assert (event.message_id, event.status, event.attempt) == (message_id, 403, 1)
    assert event.reason == (
        f"User: sns.amazonaws.com is not authorized to perform: sqs:sendmessage on resource: {arn_of(cloud.queue)} "
        "because no resource-based policy allows the sqs:sendmessage action"
    )
    response = json.loads(event.response)
    assert (response["ErrorCode"], response["ErrorMessage"]) == ("AccessDenied", event.reason)


def test_a_queue_with_a_policy_for_the_topic_gets_it(cloud: Cloud) -> None:
    cloud.admit(cloud.queue)
    cloud.publish()
    assert cloud.count(cloud.queue) == 1


def test_a_changed_policy_counts_at_once(cloud: Cloud) -> None:
    for _ in range(2):
        cloud.admit(cloud.queue)
        cloud.publish()
        cloud.set(cloud.queue, Policy="")
        cloud.publish()
    assert cloud.count(cloud.queue) == 2


def test_a_policy_for_another_topic_does_not_count(cloud: Cloud) -> None:
    cloud.admit(cloud.queue, Condition={"ArnEquals": {"aws:SourceArn": f"{cloud.topic}2"}})
    cloud.publish()
    assert cloud.count(cloud.queue) == 0


def test_without_a_source_arn_any_topic_gets_in(cloud: Cloud) -> None:
    """The confused deputy: whoever may subscribe the queue sends to it through the service."""
    cloud.admit(cloud.queue, Condition={})
    theirs = cloud.server.client("sns", OTHER)
    topic = theirs.create_topic(Name="evil")["TopicArn"]
    cloud.sns.subscribe(TopicArn=cloud.topic, Protocol="sqs", Endpoint=arn_of(cloud.queue))
    arn = theirs.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(cloud.queue), ReturnSubscriptionArn=True)[
        "SubscriptionArn"
    ]
    (message,) = cloud.sqs.receive_message(QueueUrl=cloud.queue)["Messages"]
    token = json.loads(message["Body"])["Token"]
    theirs.confirm_subscription(TopicArn=topic, Token=token)
    theirs.publish(TopicArn=topic, Message="spam")
    assert cloud.count(cloud.queue) == 1
    cloud.admit(cloud.queue)
    theirs.publish(TopicArn=topic, Message="spam")
    assert cloud.count(cloud.queue) == 1
    assert arn


def test_a_request_to_confirm_needs_the_policy_too(cloud: Cloud) -> None:
    theirs = cloud.server.client("sns", OTHER)
    topic = theirs.create_topic(Name="sales")["TopicArn"]
    theirs.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(cloud.queue))
    assert cloud.count(cloud.queue) == 0


def with_dead_letter_queue(cloud: Cloud) -> str:
    dead = cloud.make_queue("dead")
    cloud.sns.set_subscription_attributes(
        SubscriptionArn=cloud.subscription,
        AttributeName="RedrivePolicy",
        AttributeValue=json.dumps({"deadLetterTargetArn": arn_of(dead)}),
    )
    return dead


def test_a_refused_delivery_goes_to_the_dead_letter_queue(cloud: Cloud) -> None:
    dead = with_dead_letter_queue(cloud)
    cloud.admit(dead)
    cloud.publish()
    assert (cloud.count(cloud.queue), cloud.count(dead)) == (0, 1)


def test_a_dead_letter_queue_without_a_policy_of_its_own_loses_it(cloud: Cloud) -> None:
    dead = with_dead_letter_queue(cloud)
    cloud.publish()
    assert cloud.count(dead) == 0
    recipients = [event.recipient for event in cloud.control.events("NotificationFailed")]
    assert recipients == [arn_of(cloud.queue), arn_of(dead)]


@pytest.mark.parametrize(
    ("key", "arrives"),
    [
        ("alias/aws/sqs", False),
        (KEY, True),
        ("1234", True),
        ("alias/open", True),
        (CLOSED, False),
        ("5678", False),
        ("not-stated", True),
    ],
)
def test_the_key_of_an_encrypted_queue_admits_sns_too(cloud: Cloud, key: str, arrives: bool) -> None:
    cloud.admit(cloud.queue)
    cloud.set(cloud.queue, KmsMasterKeyId=key)
    cloud.publish()
    assert cloud.count(cloud.queue) == arrives
    if not arrives:
        event = cloud.failure()
        assert json.loads(event.response)["ErrorCode"] == "KMS.AccessDeniedException"
        assert "is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:" in event.reason


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ({"key": KEY}, "has no policy that can be read"),
        ({"key": "1234", "policy": ADMITS}, "'1234' is not the ARN of a key"),
        ({"key": KEY, "policy": "{"}, "has no policy that can be read"),
        ({"key": KEY, "policy": ADMITS, "colour": "red"}, "unknown member colour"),
    ],
)
def test_a_key_that_cannot_be_declared(key: dict[str, Any], text: str) -> None:
    with pytest.raises(BadSetting, match=text):
        read_keys([key])


@pytest.mark.parametrize(("condition", "arrives"), [({}, True), ({"ArnLike": {"aws:SourceArn": "arn:x"}}, False)])
def test_a_function_admits_sns_by_its_policy(
    cloud: Cloud, tmp_path: Path, condition: dict[str, Any], arrives: bool
) -> None:
    (tmp_path / "coffee_shop.py").write_text("def brew(event, context):\n    return 'brewed'\n")
    arn = f"arn:aws:lambda:us-east-1:{OWNER}:function:brew"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
        "Condition": condition,
    }
    function = Function(arn, "coffee_shop:brew", str(tmp_path), policy=json.dumps({"Statement": statement}))
    cloud.server.call(cloud.server.world.functions.register, function)
    cloud.sns.subscribe(TopicArn=cloud.topic, Protocol="lambda", Endpoint=arn)
    cloud.publish()
    cloud.server.run(cloud.server.world.advance(0.1))
    found = [event.status for event in cloud.control.events("NotificationDelivered")]
    assert found == ([202] if arrives else [])
    if not arrives:
        event = next(event for event in cloud.control.events("NotificationFailed") if event.protocol == "lambda")
        assert event.status == 403
        assert str(event.reason).startswith(
            "User: sns.amazonaws.com is not authorized to perform: lambda:InvokeFunction"
        )


def test_a_function_whose_policy_is_none() -> None:
    with pytest.raises(BadFunction, match="not the JSON of a resource's policy"):
        Function("brew", "coffee:brew", policy="{}")
