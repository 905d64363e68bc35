"""The attributes of a queue: their bounds and defaults, who may set what, and how they read back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.settings import Settings
from decaf.sqs import attributes
from decaf_protocol import AWSError
from tests.refusals import refusal

SETTABLE = attributes.table(Settings())

BOUNDS = [
    ("VisibilityTimeout", 0, 43_200, "30"),
    ("MaximumMessageSize", 1_024, 1_048_576, "1048576"),
    ("MessageRetentionPeriod", 60, 1_209_600, "345600"),
    ("DelaySeconds", 0, 900, "0"),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, "0"),
    ("KmsDataKeyReusePeriodSeconds", 60, 86_400, None),
]
FIFO_ONLY = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


def _read(name: str, text: str) -> Any:
    return attributes.read_new({name: text}, fifo=name in FIFO_ONLY, settable=SETTABLE)[name]


@pytest.mark.parametrize(("name", "least", "most", "default"), BOUNDS)
def test_whole_numbers_have_bounds(name: str, least: int, most: int, default: str | None) -> None:
    for value in (least, most):
        assert _read(name, str(value)) == value
    bad = [str(least - 1), str(most + 1), "", " ", f" {least}", "1.5", "-1", "+70", "true", "٣" * 3, "9" * 5_000]
    for text in bad:
        with pytest.raises(AWSError) as raised:
            _read(name, text)
        assert raised.value.shape == "InvalidAttributeValue"
        assert raised.value.message == f"Invalid value for the parameter {name}."


@pytest.mark.parametrize("name", ["FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled"])
def test_booleans_take_capitals(name: str) -> None:
    assert _read(name, "true") is _read(name, "TRUE") is _read(name, "True") is True
    with pytest.raises(AWSError):
        _read(name, "yes")


def test_a_new_queue_has_the_defaults(sqs: Any, url: str, arn: str) -> None:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    created = found.pop("CreatedTimestamp")
    assert found.pop("LastModifiedTimestamp") == created
    assert len(created) == 10
    assert found == {
        **{name: default for name, _, _, default in BOUNDS if default is not None},
        "SqsManagedSseEnabled": "true",
        "QueueArn": f"{arn}orders",
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
    }


def test_a_fifo_queue_has_four_more(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(FIFO_ONLY))["Attributes"]
    assert found == FIFO_ONLY


def test_only_requested_attributes_are_returned(sqs: Any, url: str) -> None:
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url)
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy", "FifoQueue"])
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds", "Policy"])
    assert asked["Attributes"] == {"DelaySeconds": "0"}
    several = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds", "All"])["Attributes"]
    assert "QueueArn" in several
    said = refusal(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["All", "Colour"])
    assert said == ("InvalidAttributeName", "Unknown Attribute Colour.")


SETTING: list[tuple[str, dict[str, str], str, str]] = [
    ("orders", {"FifoQueue": "true"}, "InvalidAttributeName", "Unknown Attribute FifoQueue."),
    (
        "orders.fifo",
        {"FifoQueue": "false"},
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
    ),
    (
        "orders",
        {"FifoThroughputLimit": "perQueue"},
        "InvalidAttributeName",
        "You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
    ),
    (
        "orders.fifo",
        {"FifoThroughputLimit": "perMessageGroupId"},
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoThroughputLimit. Reason: "
        "To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.",
    ),
    ("orders", {"CreatedTimestamp": "1"}, "InvalidAttributeName", "Unknown Attribute CreatedTimestamp."),
    ("orders", {"All": "1"}, "InvalidAttributeName", "Unknown Attribute All."),
    ("orders", {"Policy": "junk"}, "InvalidAttributeValue", "Invalid value for the parameter Policy."),
]


@pytest.mark.parametrize(("queue", "given", "code", "text"), SETTING)
def test_set_queue_attributes_says(sqs: Any, url: str, queue: str, given: dict[str, str], code: str, text: str) -> None:
    sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})
    target = url.replace("orders", queue)
    assert refusal(sqs.set_queue_attributes, QueueUrl=target, Attributes=given) == (code, text)


def test_one_bad_attribute_changes_nothing(sqs: Any, url: str) -> None:
    refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"DelaySeconds": "5", "VisibilityTimeout": "x"})
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
    assert asked["Attributes"] == {"DelaySeconds": "0"}


ENCRYPTION = ["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"]


@pytest.mark.parametrize(
    ("steps", "seen"),
    [
        ([{}], {"SqsManagedSseEnabled": "true"}),
        ([{"SqsManagedSseEnabled": "False"}], {"SqsManagedSseEnabled": "false"}),
        ([{"KmsDataKeyReusePeriodSeconds": "600"}], {"SqsManagedSseEnabled": "true"}),
        (
            [{"KmsMasterKeyId": "alias/aws/sqs"}],
            {
                "KmsMasterKeyId": "alias/aws/sqs",
                "KmsDataKeyReusePeriodSeconds": "300",
                "SqsManagedSseEnabled": "false",
            },
        ),
        (
            [{"KmsMasterKeyId": "k", "KmsDataKeyReusePeriodSeconds": "6000", "SqsManagedSseEnabled": "false"}],
            {"KmsMasterKeyId": "k", "KmsDataKeyReusePeriodSeconds": "6000", "SqsManagedSseEnabled": "false"},
        ),
        ([{"KmsMasterKeyId": "k"}, {"SqsManagedSseEnabled": "true"}], {"SqsManagedSseEnabled": "true"}),
        ([{"KmsMasterKeyId": "k"}, {"KmsMasterKeyId": ""}], {"SqsManagedSseEnabled": "false"}),
    ],
)
def test_one_kind_of_encryption_excludes_the_other(
    sqs: Any, url: str, steps: list[dict[str, str]], seen: dict[str, str]
) -> None:
    created = sqs.create_queue(QueueName="new", Attributes=steps[0])["QueueUrl"]
    for queue, changes in ((created, steps[1:]), (url, steps)):
        for change in changes:
            sqs.set_queue_attributes(QueueUrl=queue, Attributes=change)
        assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=ENCRYPTION)["Attributes"] == seen


def test_the_empty_text_removes_a_clearable_attribute(sqs: Any, url: str, arn: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": f"{arn}orders"}
    given = {
        "Policy": json.dumps({"Statement": statement}),
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{arn}orders", "maxReceiveCount": 1}),
        "RedriveAllowPolicy": json.dumps({"redrivePermission": "allowAll"}),
        "KmsMasterKeyId": "alias/aws/sqs",
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes=given)
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(given))["Attributes"].keys() == given.keys()
    sqs.set_queue_attributes(QueueUrl=url, Attributes=dict.fromkeys(given, ""))
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(given))


def test_create_queue_compares_the_attributes_given_by_value(sqs: Any) -> None:
    policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}}
    first = {"VisibilityTimeout": "60", "SqsManagedSseEnabled": "TRUE", "Policy": json.dumps(policy)}
    url = sqs.create_queue(QueueName="orders", Attributes=first)["QueueUrl"]
    again = {"VisibilityTimeout": "060", "SqsManagedSseEnabled": "true", "Policy": json.dumps(policy, indent=2)}
    assert sqs.create_queue(QueueName="orders", Attributes=again)["QueueUrl"] == url
    assert sqs.create_queue(QueueName="orders")["QueueUrl"] == url


def test_create_queue_compares_with_the_present_attributes(sqs: Any, url: str) -> None:
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "9"})
    assert sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "9"})["QueueUrl"] == url
    for given in ({"DelaySeconds": "0"}, {"KmsMasterKeyId": "k"}):
        assert refusal(sqs.create_queue, QueueName="orders", Attributes=given)[0] == "QueueAlreadyExists"


def test_too_long_a_policy_is_over_the_limit_when_it_is_set_and_invalid_when_created_with(sqs: Any, url: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    given = {"Policy": json.dumps({"Statement": [statement] * 21})}
    text = "21 statements were found in the submitted policy, max allowed is 20"
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=given) == ("OverLimit", text)
    assert refusal(sqs.create_queue, QueueName="new", Attributes=given) == ("InvalidParameterValue", text)
