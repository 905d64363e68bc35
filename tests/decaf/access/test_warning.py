"""In the mode `warn` everything goes on, and what AWS would have refused is reported: as an event, in the log once per
case, in the explanation of a message, and in the metrics."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from decaf.base.settings import BadSetting
from decaf.testing import Decaf, Settings
from tests.decaf.access.table import OTHER, OWNER, allow, deny

ALICE = {"access_key": "AKIAALICE", "secret": "alices-secret", "account": OWNER, "user": "alice"}


@pytest.fixture(scope="module")
def server() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, access="warn", identities=(ALICE,))) as server:
        yield server


class Cloud:
    """A topic, and a queue subscribed to it without a policy."""

    def __init__(self, server: Decaf) -> None:
        self.server = server
        self.control = server.control.of(OWNER)
        self.sqs, self.sns = server.client("sqs", OWNER), server.client("sns", OWNER)
        self.queue = self.sqs.create_queue(QueueName="orders")["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:{OWNER}:orders"
        self.topic = self.sns.create_topic(Name="sales")["TopicArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=self.arn)

    def set_policy(self, statement: Any) -> None:
        text = json.dumps({"Statement": statement})
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": text})

    def send(self, **keys: Any) -> None:
        self.server.client("sqs", **keys).send_message(QueueUrl=self.queue, MessageBody="hello")

    def warnings(self) -> list[Any]:
        return self.control.events("AccessWouldBeDenied")


ALICES = {"aws_access_key_id": "AKIAALICE", "aws_secret_access_key": "alices-secret"}


@pytest.fixture
def cloud(server: Decaf) -> Iterator[Cloud]:
    yield Cloud(server)
    server.call(server.world.reset)


def test_a_delivery_without_a_policy_arrives_and_is_reported(cloud: Cloud) -> None:
    message_id = cloud.sns.publish(TopicArn=cloud.topic, Message="hello")["MessageId"]
    assert len(cloud.sqs.receive_message(QueueUrl=cloud.queue)["Messages"]) == 1
    (event,) = cloud.warnings()
    assert (event.arn, event.message_id, event.caller) == (cloud.arn, message_id, "sns.amazonaws.com")
    assert event.action == "sqs:sendmessage"
    assert event.reason == f"the queue's policy does not let the topic {cloud.topic} in"
    assert event.remedy == f"decaf access allow {cloud.topic} {cloud.arn}"
    assert json.loads(str(event.missing)) == {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": cloud.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": cloud.topic}},
    }


def test_the_missing_statement_is_what_it_takes(cloud: Cloud) -> None:
    cloud.sns.publish(TopicArn=cloud.topic, Message="hello")
    cloud.set_policy(json.loads(str(cloud.warnings()[0].missing)))
    cloud.sns.publish(TopicArn=cloud.topic, Message="hello")
    assert len(cloud.warnings()) == 1


def test_the_explanation_says_that_aws_would_not_have_delivered(cloud: Cloud) -> None:
    message_id = cloud.sns.publish(TopicArn=cloud.topic, Message="hello")["MessageId"]
    explained = cloud.control.explain(message_id)
    assert (
        f"Delivered here; AWS would not have: the queue's policy does not let the topic {cloud.topic} in. "
        f"To allow it: decaf access allow {cloud.topic} {cloud.arn}."
    ) in explained.answer
    assert explained.state == "delivered"
    assert "AWS would have refused it here" in " ".join(step.text for step in explained.timeline)


def test_a_call_from_another_account_is_reported(cloud: Cloud) -> None:
    cloud.send(account=OTHER)
    (event,) = cloud.warnings()
    assert event.reason == (
        f"User: arn:aws:iam::{OTHER}:user/decaf is not authorized to perform: sqs:sendmessage on resource: {cloud.arn} "
        "because no resource-based policy allows the sqs:sendmessage action"
    )
    assert json.loads(str(event.missing))["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:user/decaf"}


def test_a_statement_that_denies_is_named(cloud: Cloud) -> None:
    cloud.set_policy([allow(), deny({"AWS": OTHER}, Sid="NotTheOthers")])
    cloud.send(account=OTHER)
    assert [(event.statement, event.missing) for event in cloud.warnings()] == [("NotTheOthers", None)]


def test_a_policy_of_the_callers_own_is_missing(cloud: Cloud) -> None:
    cloud.send(**ALICES)
    (event,) = cloud.warnings()
    assert json.loads(str(event.missing)) == {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": cloud.arn}


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({**ALICES, "aws_secret_access_key": "guessed"}, "SignatureDoesNotMatch"),
        ({**ALICES, "aws_access_key_id": "AKIASTRANGER"}, "InvalidClientTokenId"),
        ({**ALICES, "aws_session_token": "t0ken"}, "InvalidClientTokenId"),
    ],
)
def test_a_signature_that_is_not_right_is_reported_without_anything_of_it(
    cloud: Cloud, keys: dict[str, Any], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "decaf"):
        cloud.send(**keys)
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("decaf"))
    assert code in logged
    event = cloud.warnings()[0]
    assert f"because the request is not signed as it should be ({code})" in str(event.reason)
    for secret in ("alices-secret", "guessed", "t0ken", "Signature=", "AWS4-HMAC-SHA256"):
        assert secret not in logged
        assert secret not in repr(event)


def test_a_call_without_a_signature_is_reported(cloud: Cloud) -> None:
    cloud.send(config=Config(signature_version=UNSIGNED))
    assert "User: anonymous is not authorized to perform: sqs:sendmessage" in str(cloud.warnings()[0].reason)
    unsigned = cloud.server.client("sns", config=Config(signature_version=UNSIGNED))
    unsigned.publish(TopicArn=cloud.topic, Message="hello")
    reasons = [str(event.reason) for event in cloud.warnings()]
    assert any("SNS:Publish" in reason and "(MissingAuthenticationToken)" in reason for reason in reasons)


def test_each_case_is_logged_once(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    topic = cloud.sns.create_topic(Name="once")["TopicArn"]
    cloud.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=cloud.arn)
    for _ in range(3):
        cloud.sns.publish(TopicArn=topic, Message="hello")
    lines = [line for line in caplog.messages if line.startswith("AWS would have refused this.")]
    assert lines == [
        "AWS would have refused this. User: sns.amazonaws.com is not authorized to perform: sqs:sendmessage on "
        f"resource: {cloud.arn} because no resource-based policy allows the sqs:sendmessage action. "
        f"To allow it: decaf access allow {topic} {cloud.arn}"
    ]
    assert len(cloud.warnings()) == 3


def test_what_is_denied_is_counted(cloud: Cloud) -> None:
    cloud.sns.publish(TopicArn=cloud.topic, Message="hello")
    labels = '{action="SendMessage",outcome="warned",service="sqs"}'
    lines = cloud.control.metrics().splitlines()
    (line,) = (line for line in lines if line.startswith(f"decaf_access_denials_total{labels}"))
    assert float(line.rpartition(" ")[2]) >= 1


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (allow(Sid="Open"), "Open lets in everybody, without a signature too: it has no condition on the caller"),
        (
            allow({"Service": "sns.amazonaws.com"}),
            "statement 1 lets in sns.amazonaws.com on behalf of any account: it has no condition on aws:SourceArn",
        ),
    ],
)
def test_a_careless_policy_is_pointed_out(
    cloud: Cloud, statement: Any, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.set_policy(statement)
    cloud.send()
    assert f"The policy of {cloud.arn} is careless: {text}" in caplog.messages


def test_the_mode_of_an_account(cloud: Cloud) -> None:
    access = cloud.server.world.access
    cloud.server.call(access.set_mode, "enforce", OWNER)
    with pytest.raises(cloud.sqs.exceptions.ClientError, match="AccessDenied"):
        cloud.send(account=OTHER)
    cloud.server.call(access.set_mode, "off", OWNER)
    cloud.send(account=OTHER)
    assert cloud.warnings() == []
    cloud.server.call(cloud.server.world.reset, OWNER)
    assert access.mode_of(OWNER) == "warn"


def test_modes_of_accounts_are_settings_too() -> None:
    settings = Settings(port=0, access="off", access_account=(f"{OWNER}=enforce",))
    with Decaf(settings) as server:
        assert (server.world.access.mode_of(OWNER), server.world.access.mode_of(OTHER)) == ("enforce", "off")
        assert server.control.health().access == "off"
        server.call(server.world.reset)
        assert server.world.access.mode_of(OWNER) == "enforce"
    for text in ("enforce", "1=warn", f"{OWNER}=hard"):
        with pytest.raises(BadSetting, match="access_account"):
            Decaf(Settings(port=0, access_account=(text,)))


def test_off_nothing_is_looked_at() -> None:
    with Decaf(Settings(port=0, access="off")) as server:
        cloud = Cloud(server)
        assert not server.world.access.active
        cloud.send(account=OTHER)
        cloud.sns.publish(TopicArn=cloud.topic, Message="hello")
        assert cloud.warnings() == []
        assert not server.world.access.counts
