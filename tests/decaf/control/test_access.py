"""/_decaf/access: modes, identities, what would be decided, and the policy that a topic needs at a queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from decaf.control.route import Refused
from decaf.testing import Decaf, Settings
from decaf.testing.control import Control

ACCOUNT, OTHER = "111122223333", "444455556666"
QUEUE, TOPIC = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders", f"arn:aws:sns:us-east-1:{ACCOUNT}:sales"
MAY_SEND = {"Statement": {"Sid": "Send", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}}


@pytest.fixture(scope="module")
def server() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, access="off")) as server:
        yield server


@pytest.fixture
def control(server: Decaf) -> Iterator[Control]:
    server.client("sqs", ACCOUNT).create_queue(QueueName="orders")
    server.client("sns", ACCOUNT).create_topic(Name="sales")
    yield server.control.of(ACCOUNT)
    server.control.reset()
    server.control.set_access("off")


def set_policy(server: Decaf, *statements: dict[str, Any]) -> None:
    sqs = server.client("sqs", ACCOUNT)
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": list(statements)})})


def test_the_mode_of_all_and_of_one_account(server: Decaf, control: Control) -> None:
    assert (control.access().mode, control.access().accounts) == ("off", {})
    control.set_access("enforce")
    server.control.set_access("warn")
    assert (control.access().mode, control.access().accounts) == ("warn", {ACCOUNT: "enforce"})
    assert server.control.health().access == "warn"
    server.control.reset(ACCOUNT)
    assert control.access().accounts == {}


def test_a_declared_user_signs_with_its_keys(server: Decaf, control: Control) -> None:
    control.set_access("enforce")
    made = control.declare_identity(user="alice", policies=[MAY_SEND])
    assert made.arn == f"arn:aws:iam::{ACCOUNT}:user/alice"
    sqs = server.client("sqs", aws_access_key_id=made.access_key, aws_secret_access_key=made.secret)
    sqs.send_message(QueueUrl="orders", MessageBody="hello")
    with pytest.raises(sqs.exceptions.ClientError, match="sqs:receivemessage"):
        sqs.receive_message(QueueUrl="orders")
    (shown,) = control.access().identities
    assert (shown.arn, shown.access_key, shown.policies) == (made.arn, made.access_key, 1)
    assert made.secret not in repr(control.access())
    control.remove_identity(made.access_key)
    with pytest.raises(Refused, match="there is no identity"):
        control.remove_identity(made.access_key)


def test_an_identity_without_a_name_is_a_user(control: Control) -> None:
    made = control.declare_identity(access_key="AKIAONE", secret="s")
    assert (made.arn, made.secret) == (f"arn:aws:iam::{ACCOUNT}:user/decaf-AKIAONE", "s")
    role = control.declare_identity(role="worker", session_token="t")
    assert (role.arn, role.session_token) == (f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/local", "t")


@pytest.mark.parametrize(
    "fields", [{"user": "a", "role": "b"}, {"access_key": ACCOUNT}, {"policies": [{"Statement": []}]}, {"user": "a b"}]
)
def test_no_identity(control: Control, fields: Any) -> None:
    with pytest.raises(Refused):
        control.declare_identity(**fields)


def test_a_decision_and_the_statement_that_made_it(server: Decaf, control: Control) -> None:
    control.declare_identity(user="alice", policies=[MAY_SEND])
    found = control.check_access("alice", "sqs:SendMessage", "orders")
    assert (found.allowed, found.policy, found.statement) == (True, "identity-based policy", "Send")
    assert found.reason == "allowed by Send of an identity-based policy"
    assert (found.caller, found.action, found.resource) == (
        f"arn:aws:iam::{ACCOUNT}:user/alice",
        "sqs:SendMessage",
        QUEUE,
    )
    found = control.check_access("alice", "SQS:receivemessage", QUEUE)
    assert not found.allowed
    assert json.loads(str(found.missing)) == {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": QUEUE}
    set_policy(server, {"Sid": "Nobody", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE})
    found = control.check_access("alice", "sqs:SendMessage", "orders")
    assert (found.allowed, found.policy, found.statement) == (False, "resource-based policy", "Nobody")
    assert found.missing is None


@pytest.mark.parametrize(
    ("who", "action", "on", "allowed"),
    [
        (ACCOUNT, "sqs:DeleteQueue", "orders", True),
        (OTHER, "sqs:SendMessage", "orders", False),
        ("anonymous", "sqs:SendMessage", "orders", False),
        ("sns.amazonaws.com", "sqs:SendMessage", "orders", False),
        (ACCOUNT, "sns:Publish", "sales", True),
        (OTHER, "sns:Publish", TOPIC, False),
    ],
)
def test_callers_that_nobody_declared(control: Control, who: str, action: str, on: str, allowed: bool) -> None:
    assert control.check_access(who, action, on).allowed is allowed


def test_the_statement_that_a_service_lacks_names_it_as_a_service(server: Decaf, control: Control) -> None:
    missing = json.loads(str(control.check_access("sns.amazonaws.com", "sqs:SendMessage", "orders").missing))
    assert missing["Principal"] == {"Service": "sns.amazonaws.com"}
    set_policy(server, missing)
    assert control.check_access("sns.amazonaws.com", "sqs:SendMessage", "orders").allowed


def test_the_statement_that_a_service_lacks_has_what_it_does_it_for(server: Decaf, control: Control) -> None:
    as_sns, source = ("sns.amazonaws.com", "sqs:SendMessage", "orders"), {"aws:SourceArn": TOPIC}
    missing = json.loads(str(control.check_access(*as_sns, context=source).missing))
    assert missing["Condition"] == {"ArnEquals": {"aws:SourceArn": TOPIC}}
    set_policy(server, missing)
    assert control.check_access(*as_sns, context=source).allowed
    assert not control.check_access(*as_sns).allowed


def test_condition_keys_can_be_stated(server: Decaf, control: Control) -> None:
    condition = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE}
    set_policy(server, allow | {"Condition": condition}, allow)
    found = control.check_access("anonymous", "sqs:SendMessage", "orders", context={"aws:SourceIp": "203.0.113.7"})
    assert found.statement == "statement 1"
    assert found.careless == [
        "statement 2 lets in everybody, without a signature too: it has no condition on the caller"
    ]
    assert control.check_access("anonymous", "sqs:SendMessage", "orders").statement == "statement 2"


@pytest.mark.parametrize(
    ("who", "action", "text"),
    [
        ("nobody", "sqs:SendMessage", "there is no identity 'nobody'"),
        (ACCOUNT, "sqs:Send", "there is no action 'sqs:Send'"),
        (ACCOUNT, "sqs:SendMessageBatch", "there is no action 'sqs:SendMessageBatch'; one is sqs:SendMessage"),
        (ACCOUNT, "SendMessage", "there is no action 'SendMessage'"),
        (ACCOUNT, "s3:GetObject", "there is no action 's3:GetObject'"),
    ],
)
def test_nothing_to_simulate(control: Control, who: str, action: str, text: str) -> None:
    with pytest.raises(Refused, match=text):
        control.check_access(who, action, "orders")


def test_a_topic_is_let_in(server: Decaf, control: Control) -> None:
    control.set_access("enforce")
    keep = {
        "Sid": "Keep",
        "Effect": "Allow",
        "Principal": {"AWS": OTHER},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
    }
    set_policy(server, keep)
    done = control.allow_topic("sales", "orders")
    assert done.changed
    sqs, sns = server.client("sqs", ACCOUNT), server.client("sns", ACCOUNT)
    policy = sqs.get_queue_attributes(QueueUrl="orders", AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert policy == done.policy
    assert [statement.get("Sid") for statement in json.loads(policy)["Statement"]] == ["Keep", None]
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
    sns.publish(TopicArn=TOPIC, Message="hello")
    assert len(sqs.receive_message(QueueUrl="orders")["Messages"]) == 1
    again = control.allow_topic(TOPIC, QUEUE)
    assert (again.changed, again.policy) == (False, policy)


def test_a_topic_that_cannot_be_let_in(server: Decaf, control: Control) -> None:
    for topic, queue in (("sales", "missing"), ("missing", "orders")):
        with pytest.raises(Refused, match="there is no"):
            control.allow_topic(topic, queue)
    set_policy(server, {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE})
    with pytest.raises(Refused, match="the queue's policy denies it"):
        control.allow_topic("sales", "orders")
