"""The words of SQS's errors about queues and messages, as AWS JSON clients read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.refusals import refusal

VALUE = "InvalidParameterValue"
NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"
BATCH = "AWS.SimpleQueueService."
STANDARD_NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
FIFO_NAME = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
    "must end with .fifo suffix and be 1 to 80 in length."
)
BATCH_ID = (
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
    "It can be at most 80 letters long."
)
NOT_FOR_TYPE = "The request include parameter that is not valid for this queue type."

CREATING: list[tuple[str, dict[str, str], str, str]] = [
    ("", {}, VALUE, "Queue name cannot be empty"),
    ("with space", {}, VALUE, STANDARD_NAME),
    ("a" * 81, {}, VALUE, STANDARD_NAME),
    ("orders.fifo", {}, VALUE, STANDARD_NAME),
    ("orders", {"FifoQueue": "true"}, VALUE, FIFO_NAME),
    ("a" * 76 + ".fifo", {"FifoQueue": "true"}, VALUE, FIFO_NAME),
    ("new", {"FifoQueue": "false"}, "InvalidAttributeName", "Unknown Attribute FifoQueue."),
    ("new.fifo", {"FifoQueue": "false"}, "InvalidAttributeName", "Unknown Attribute FifoQueue."),
    ("new", {"Colour": "red"}, "InvalidAttributeName", "Unknown Attribute Colour."),
    ("new", {"QueueArn": "x"}, "InvalidAttributeName", "Unknown Attribute QueueArn."),
    (
        "new",
        {"ContentBasedDeduplication": "true"},
        "InvalidAttributeName",
        "Unknown Attribute ContentBasedDeduplication.",
    ),
    (
        "new",
        {"DeduplicationScope": "queue"},
        "InvalidAttributeName",
        "You can specify the DeduplicationScope only when FifoQueue is set to true.",
    ),
    (
        "new.fifo",
        {"FifoQueue": "true", "FifoThroughputLimit": "perMessageGroupId"},
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoThroughputLimit. Reason: "
        "To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.",
    ),
    (
        "new",
        {"KmsMasterKeyId": "alias/aws/sqs", "SqsManagedSseEnabled": "true"},
        "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    ),
    (
        "orders",
        {"VisibilityTimeout": "30", "DelaySeconds": "7"},
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute DelaySeconds",
    ),
]


@pytest.mark.parametrize(("name", "attributes", "code", "text"), CREATING)
def test_create_queue_says(sqs: Any, url: str, name: str, attributes: dict[str, str], code: str, text: str) -> None:
    assert refusal(sqs.create_queue, QueueName=name, Attributes=attributes) == (code, text)


SENDING: list[tuple[dict[str, Any], str, str]] = [
    ({"MessageBody": ""}, "MissingParameter", "The request must contain the parameter MessageBody."),
    (
        {"MessageBody": "x\uffff"},
        "InvalidMessageContents",
        "Invalid binary character '#xFFFF' was found in the message body, the set of allowed characters is "
        "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
    ),
    (
        {"MessageBody": "a" * 1_048_577},
        VALUE,
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
    ),
    (
        {"DelaySeconds": 901},
        VALUE,
        "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    ),
    (
        {"MessageDeduplicationId": "d"},
        VALUE,
        f"Value d for parameter MessageDeduplicationId is invalid. Reason: {NOT_FOR_TYPE}",
    ),
    (
        {"MessageGroupId": "a group"},
        VALUE,
        "Value a group for parameter MessageGroupId is invalid. Reason: "
        "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
    ),
    (
        {"MessageSystemAttributes": {"SenderId": {"DataType": "String", "StringValue": "me"}}},
        VALUE,
        "Message system attribute name 'SenderId' is invalid.",
    ),
]


@pytest.mark.parametrize(("params", "code", "text"), SENDING)
def test_send_message_says(sqs: Any, url: str, params: dict[str, Any], code: str, text: str) -> None:
    assert refusal(sqs.send_message, QueueUrl=url, **{"MessageBody": "latte", **params}) == (code, text)


RECEIVING: list[tuple[dict[str, Any], str, str]] = [
    (
        {"MaxNumberOfMessages": 11},
        VALUE,
        "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
    ),
    (
        {"MaxNumberOfMessages": 0},
        VALUE,
        "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
    ),
    (
        {"WaitTimeSeconds": 21},
        VALUE,
        "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
    ),
    (
        {"VisibilityTimeout": 43_201},
        VALUE,
        "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.",
    ),
    (
        {"ReceiveRequestAttemptId": "again"},
        VALUE,
        f"Value again for parameter ReceiveRequestAttemptId is invalid. Reason: {NOT_FOR_TYPE}",
    ),
    ({"MessageSystemAttributeNames": ["Colour"]}, "InvalidAttributeName", "Unknown Attribute Colour."),
    ({"AttributeNames": ["Colour"]}, "InvalidAttributeName", "Unknown Attribute Colour."),
]


@pytest.mark.parametrize(("params", "code", "text"), RECEIVING)
def test_receive_message_says(sqs: Any, url: str, params: dict[str, Any], code: str, text: str) -> None:
    assert refusal(sqs.receive_message, QueueUrl=url, **params) == (code, text)


def test_a_queue_that_is_not_there(sqs: Any, url: str) -> None:
    gone = url.replace("orders", "gone")
    said = (NO_QUEUE, "The specified queue does not exist.")
    assert refusal(sqs.send_message, QueueUrl=gone, MessageBody="x") == said
    assert refusal(sqs.delete_queue, QueueUrl=gone) == said
    assert refusal(sqs.get_queue_url, QueueName="gone") == said


def test_a_queue_of_another_account_that_is_not_there(sqs: Any) -> None:
    assert refusal(sqs.get_queue_url, QueueName="gone", QueueOwnerAWSAccountId="999999999999") == (
        NO_QUEUE,
        "The specified queue does not exist or you do not have access to it.",
    )


def test_no_queue_url_at_all(sqs: Any, endpoint: str) -> None:
    assert refusal(sqs.purge_queue, QueueUrl="") == (
        "InvalidAddress",
        f"The address {endpoint}/ is not valid for this endpoint.",
    )


def test_visibility_and_receipt_handles(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    change = sqs.change_message_visibility
    assert refusal(change, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43_201) == (
        VALUE,
        "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.",
    )
    assert refusal(change, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43_200) == (
        VALUE,
        "Value 43200 for parameter VisibilityTimeout is invalid. Reason: "
        "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
    )
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert refusal(change, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1) == (
        VALUE,
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: "
        "Message does not exist or is not available for visibility timeout change.",
    )
    assert refusal(sqs.delete_message, QueueUrl=url, ReceiptHandle="junk") == (
        "ReceiptHandleIsInvalid",
        'The input receipt handle "junk" is not a valid receipt handle.',
    )
    assert refusal(sqs.delete_message, QueueUrl=url, ReceiptHandle="") == (
        "MissingParameter",
        "The request must contain the parameter ReceiptHandle.",
    )


def test_a_receipt_handle_of_another_queue(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    said = ("ReceiptHandleIsInvalid", f'The receipt handle "{handle}" is not valid for this queue.')
    assert refusal(sqs.delete_message, QueueUrl=other, ReceiptHandle=handle) == said
    assert refusal(sqs.change_message_visibility, QueueUrl=other, ReceiptHandle=handle, VisibilityTimeout=1) == said


BATCHES: list[tuple[list[dict[str, Any]], str, str]] = [
    ([], "EmptyBatchRequest", "There should be at least one {entry} in the request."),
    (
        [{"Id": str(n)} for n in range(11)],
        "TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10. You have sent 11.",
    ),
    ([{"Id": "a"}, {"Id": "a"}], "BatchEntryIdsNotDistinct", "Id a repeated."),
    ([{"Id": ""}], "InvalidBatchEntryId", BATCH_ID),
    ([{"Id": "a:b"}], "InvalidBatchEntryId", BATCH_ID),
    ([{"Id": "a" * 81}], "InvalidBatchEntryId", BATCH_ID),
]


@pytest.mark.parametrize(("entries", "shape", "text"), BATCHES)
def test_batches_say(sqs: Any, url: str, entries: list[dict[str, Any]], shape: str, text: str) -> None:
    for call, entry_type, rest in (
        (sqs.send_message_batch, "SendMessageBatchRequestEntry", {"MessageBody": "latte"}),
        (sqs.delete_message_batch, "DeleteMessageBatchRequestEntry", {"ReceiptHandle": "h"}),
        (
            sqs.change_message_visibility_batch,
            "ChangeMessageVisibilityBatchRequestEntry",
            {"ReceiptHandle": "h", "VisibilityTimeout": 1},
        ),
    ):
        said = refusal(call, QueueUrl=url, Entries=[{**entry, **rest} for entry in entries])
        assert said == (BATCH + shape, text.format(entry=entry_type))


def test_a_batch_that_is_too_long(sqs: Any, url: str) -> None:
    entries = [{"Id": "a", "MessageBody": "a" * 1_048_576}, {"Id": "b", "MessageBody": "b"}]
    assert refusal(sqs.send_message_batch, QueueUrl=url, Entries=entries) == (
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    )


def test_cool_downs(sqs: Any, url: str, advance: Callable[[float], None]) -> None:
    sqs.purge_queue(QueueUrl=url)
    assert refusal(sqs.purge_queue, QueueUrl=url) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "Only one PurgeQueue operation on orders is allowed every 60 seconds.",
    )
    sqs.delete_queue(QueueUrl=url)
    for _ in range(2):
        assert refusal(sqs.create_queue, QueueName="orders") == (
            "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        )
    advance(60)
    sqs.purge_queue(QueueUrl=sqs.create_queue(QueueName="orders")["QueueUrl"])


def test_lists_say(sqs: Any, url: str) -> None:
    for call in (sqs.list_queues, lambda **page: sqs.list_dead_letter_source_queues(QueueUrl=url, **page)):
        assert refusal(call, MaxResults=1_001)[0] == VALUE
        assert refusal(call, MaxResults=10, NextToken="?") == (VALUE, "Invalid or expired next token.")
