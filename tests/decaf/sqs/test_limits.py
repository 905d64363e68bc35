"""Every limit of SQS is a setting: here they are all low, and all hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from decaf.base.settings import Settings, limits_of
from tests.live import Live
from tests.refusals import refusal

LOW = Settings(
    port=0,
    max_message_size=2_048,
    max_message_attributes=1,
    max_batch_entries=3,
    max_batch_size=3_000,
    max_received=5,
    max_in_flight=5,
    max_visibility=100,
    max_wait=1,
    max_delay=7,
    purge_cooldown=0,
    recreate_cooldown=0,
    min_retention=1,
    max_retention=60,
    max_receive_count=2,
    max_redrive_sources=1,
    max_tags=2,
    max_page=2,
    max_policy_size=300,
    max_policy_statements=1,
    max_policy_principals=2,
    max_policy_conditions=1,
    max_policy_actions=1,
    max_move_tasks=1,
    max_move_rate=4,
    max_move_time=2,
)


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """A server with low limits."""
    server = Live(LOW)
    yield server
    server.stop()


def test_no_limit_is_left_out() -> None:
    limits = {setting.name for setting in limits_of("SQS")}
    assert {name for name in limits if getattr(LOW, name) < getattr(Settings(), name)} == limits


def test_sizes(sqs: Any, url: str) -> None:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MaximumMessageSize"])["Attributes"]
    assert found == {"MaximumMessageSize": "2048"}
    long = {"QueueUrl": url, "MessageBody": "a" * 2_049}
    assert refusal(sqs.send_message, **long)[1].endswith("Message must be shorter than 2048 bytes.")
    entries = [{"Id": str(n), "MessageBody": "a" * 1_000} for n in range(3)]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 3
    entries[0]["MessageBody"] += "a"
    assert refusal(sqs.send_message_batch, QueueUrl=url, Entries=entries)[1] == (
        "Batch requests cannot be longer than 3000 bytes. You have sent 3001 bytes."
    )


def test_numbers_of_things(sqs: Any, url: str) -> None:
    entries = [{"Id": str(n), "MessageBody": "a"} for n in range(4)]
    assert refusal(sqs.send_message_batch, QueueUrl=url, Entries=entries)[1] == (
        "Maximum number of entries per request are 3. You have sent 4."
    )
    attributes = {name: {"DataType": "String", "StringValue": "x"} for name in "ab"}
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageAttributes=attributes)[1] == (
        "Number of message attributes [2] exceeds the allowed maximum [1]."
    )
    assert refusal(sqs.tag_queue, QueueUrl=url, Tags={"a": "", "b": "", "c": ""})[0] == "InvalidParameterValue"
    assert refusal(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=6)[1].endswith(
        "between 1 and 5, if provided."
    )
    assert refusal(sqs.list_queues, MaxResults=3)[0] == "InvalidParameterValue"


def test_times(sqs: Any, url: str) -> None:
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a", DelaySeconds=8)[1].endswith("<= 7.")
    assert refusal(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=2)[1].endswith("<= 1, if provided.")
    assert refusal(sqs.receive_message, QueueUrl=url, VisibilityTimeout=101)[1].endswith("0 and 100, if provided.")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "1"})
    for name, value in (("MessageRetentionPeriod", "61"), ("VisibilityTimeout", "101"), ("DelaySeconds", "8")):
        said = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: value})
        assert said == ("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def test_in_flight(sqs: Any, url: str) -> None:
    for _ in range(6):
        sqs.send_message(QueueUrl=url, MessageBody="latte")
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=5)["Messages"]
    assert len(taken) == 3
    assert refusal(sqs.receive_message, QueueUrl=url)[0] == "OverLimit"
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=taken[0]["ReceiptHandle"])
    assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=5)["Messages"]) == 1


def test_visibility_in_all(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    said = refusal(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=100)
    assert said[1].endswith("Total VisibilityTimeout for the message is beyond the limit [100 seconds]")
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=95)


def test_no_cool_downs(sqs: Any, url: str) -> None:
    sqs.purge_queue(QueueUrl=url)
    sqs.purge_queue(QueueUrl=url)
    sqs.delete_queue(QueueUrl=url)
    sqs.create_queue(QueueName="orders")


def test_policies(sqs: Any, url: str, arn: str) -> None:
    grant = {"QueueUrl": url, "AWSAccountIds": ["123456789012"]}
    said = refusal(sqs.add_permission, **grant, Label="a", Actions=["SendMessage", "PurgeQueue"])
    assert said == ("OverLimit", "2 Actions were found, maximum allowed is 1.")
    sqs.add_permission(**grant, Label="a", Actions=["SendMessage"])
    said = refusal(sqs.add_permission, **grant, Label="b", Actions=["SendMessage"])
    assert said == ("OverLimit", "2 Statements were found, maximum allowed is 1.")
    statement = {"Sid": "x" * 300, "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    policy = {"Policy": json.dumps({"Statement": statement})}
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=policy)[0] == "OverLimit"


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ({"Principal": {"AWS": ["111111111111", "222222222222", "333333333333"]}}, "3 principals"),
        ({"Condition": {"StringEquals": {"aws:a": "1", "aws:b": "2"}}}, "2 conditions"),
    ],
)
def test_the_parts_of_a_policy(sqs: Any, url: str, part: dict[str, Any], found: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*", **part}
    policy = {"Policy": json.dumps({"Statement": statement})}
    code, text = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=policy)
    assert (code, text.startswith(found)) == ("OverLimit", True)


def test_redrive(sqs: Any, url: str, arn: str) -> None:
    policy = json.dumps({"deadLetterTargetArn": f"{arn}orders", "maxReceiveCount": 3})
    said = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": policy})
    assert said[1].endswith("valid values are from 1 to 2 both inclusive.")
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [f"{arn}a", f"{arn}b"]})
    said = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedriveAllowPolicy": allow})
    assert said[1].endswith("The maximum number of source queue ARNs you can specify is 1.")


def test_move_tasks(sqs: Any, url: str, arn: str) -> None:
    for name in ("dead-1", "dead-2"):
        sqs.create_queue(QueueName=name)
        policy = json.dumps({"deadLetterTargetArn": f"{arn}{name}", "maxReceiveCount": 1})
        sqs.create_queue(QueueName=f"source-of-{name}", Attributes={"RedrivePolicy": policy})
    start = sqs.start_message_move_task
    assert refusal(start, SourceArn=f"{arn}dead-1", MaxNumberOfMessagesPerSecond=5)[1].endswith("between 1 and 4.")
    start(SourceArn=f"{arn}dead-1", MaxNumberOfMessagesPerSecond=1)
    assert refusal(start, SourceArn=f"{arn}dead-2")[0] == "InvalidParameterValue"


def test_the_time_of_a_move_task(sqs: Any, url: str, arn: str, advance: Callable[[float], None]) -> None:
    policy = json.dumps({"deadLetterTargetArn": f"{arn}orders", "maxReceiveCount": 1})
    source = sqs.create_queue(QueueName="source", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    for _ in range(5):
        sqs.send_message(QueueUrl=url, MessageBody="latte")
    sqs.start_message_move_task(SourceArn=f"{arn}orders", DestinationArn=f"{arn}source", MaxNumberOfMessagesPerSecond=1)
    advance(5)
    task = sqs.list_message_move_tasks(SourceArn=f"{arn}orders")["Results"][0]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("FAILED", 2)
    assert len(sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=5)["Messages"]) == 2
