"""Batches of which some entries fail: all others succeed, and the response has both."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.decaf.conftest import FaultsOverHttp

ENTRIES = [{"Id": name, "MessageBody": name} for name in "abc"]


@pytest.fixture
def url(sqs: Any) -> str:
    """A standard queue named orders."""
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


def _ids(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["Id"] for entry in entries]


def _bodies(sqs: Any, url: str) -> list[str]:
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in received.get("Messages", ())]


def test_the_first_entries_fail(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    faults.set("partial_batch", {"operation": "SendMessageBatch"}, fail=2)
    result = sqs.send_message_batch(QueueUrl=url, Entries=ENTRIES)
    assert _ids(result["Successful"]) == ["c"]
    message = "This error was injected by a fault."
    assert result["Failed"] == [
        {"Id": name, "SenderFault": False, "Code": "InternalFailure", "Message": message} for name in "ab"
    ]
    assert _bodies(sqs, url) == ["c"]


def test_named_entries_fail_with_an_error_of_ones_choice(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    faults.set("partial_batch", {"service": "sqs"}, fail=["b", "z"], code="InvalidMessageContents", message="Not that.")
    result = sqs.send_message_batch(QueueUrl=url, Entries=ENTRIES)
    assert _ids(result["Successful"]) == ["a", "c"]
    assert result["Failed"] == [
        {"Id": "b", "SenderFault": True, "Code": "InvalidMessageContents", "Message": "Not that."}
    ]


def test_all_can_fail(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    faults.set("partial_batch", fail=10)
    result = sqs.send_message_batch(QueueUrl=url, Entries=ENTRIES)
    assert (_ids(result.get("Successful", [])), _ids(result["Failed"])) == ([], ["a", "b", "c"])
    assert _bodies(sqs, url) == []


def test_messages_whose_deletion_failed_come_back(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    sqs.send_message_batch(QueueUrl=url, Entries=ENTRIES)
    faults.set("partial_batch", {"operation": "DeleteMessageBatch"}, fail=["1"])
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30)["Messages"]
    entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(received)]
    assert _ids(sqs.delete_message_batch(QueueUrl=url, Entries=entries)["Failed"]) == ["1"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=received[1]["ReceiptHandle"], VisibilityTimeout=0)
    assert _bodies(sqs, url) == ["b"]


def test_a_batch_published_fails_in_part_too(faults: FaultsOverHttp, sns: Any) -> None:
    topic = sns.create_topic(Name="orders")["TopicArn"]
    faults.set("partial_batch", {"topic": "orders"}, fail=1, code="InternalError")
    entries = [{"Id": name, "Message": name} for name in "ab"]
    result = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert _ids(result["Successful"]) == ["b"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in result["Failed"]] == [
        ("a", "InternalError", False)
    ]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([*ENTRIES, ENTRIES[0]], "BatchEntryIdsNotDistinct"),
        ([{"Id": str(n), "MessageBody": "x"} for n in range(11)], "TooManyEntriesInBatchRequest"),
    ],
)
def test_a_batch_that_aws_refuses_as_a_whole_still_is(
    faults: FaultsOverHttp, sqs: Any, url: str, entries: list[dict[str, Any]], code: str
) -> None:
    faults.set("partial_batch", fail=3)
    with pytest.raises(ClientError) as raised:
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert raised.value.response["Error"]["Code"].endswith(code)
    assert _bodies(sqs, url) == []


def test_no_entry_of_that_name_is_no_harm(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    faults.set("partial_batch", fail=["z"])
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=ENTRIES)["Successful"]) == 3
