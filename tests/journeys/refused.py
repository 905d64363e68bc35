"""Every call that SQS refuses, in one table of rows for any client: those that boto3 is tested by, and more.

Rule: a row is what a client sends and what it is told. `$orders` stands for the URL of that queue of the shop,
`$arn:` for the start of its ARNs, `$handle` and other names for what the shop keeps (see shop.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.decaf.sqs.test_attributes import SETTING
from tests.decaf.sqs.test_content import ATTRIBUTES
from tests.decaf.sqs.test_error_texts import BATCHES, CREATING, NOT_FOR_TYPE, RECEIVING, SENDING
from tests.decaf.sqs.test_fifo import NO_DEDUPLICATION
from tests.decaf.sqs.test_move_tasks import STARTING
from tests.decaf.sqs.test_permissions import GRANT, PERMISSIONS
from tests.decaf.sqs.test_redrive import ALLOWING, NO_MAP, REDRIVE
from tests.decaf.sqs.test_tags import TAGS

VALUE = "InvalidParameterValue"
MISSING = "MissingParameter"
BATCH = "AWS.SimpleQueueService."
NO_QUEUE = "The specified queue does not exist."
UNAVAILABLE = "Message does not exist or is not available for visibility timeout change."
ID_FORM = "can only include alphanumeric and punctuation characters. 1 to 128 in length."


@dataclass(frozen=True, slots=True)
class Refused:
    """A call by boto3's name for it, and the code and text that it is refused with."""

    method: str
    params: dict[str, Any]
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.method}-{self.text[:60]}"


def bad(parameter: str, value: Any, reason: str) -> str:
    """The text of most errors of code InvalidParameterValue."""
    return f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"


def missing(parameter: str) -> str:
    return f"The request must contain the parameter {parameter}."


def rows() -> Iterator[Refused]:
    yield from _tables()
    yield from _policies()
    yield from _batches()
    yield from _unknown_queues()
    for method, params, code, text in _QUEUES + _MESSAGES + _FIFO + _HANDLES + _MOVING:
        yield Refused(method, params, code, text)


def _tables() -> Iterator[Refused]:
    """The tables that the tests of one operation keep."""
    for name, given, code, text in CREATING:
        yield Refused("create_queue", {"QueueName": name, "Attributes": given}, code, text)
    for queue, given, code, text in SETTING:
        yield Refused("set_queue_attributes", {"QueueUrl": f"${queue}", "Attributes": given}, code, text)
    for params, code, text in SENDING:
        yield Refused("send_message", {"QueueUrl": "$orders", "MessageBody": "latte", **params}, code, text)
    for name, value, code, text in ATTRIBUTES:
        sent = {"QueueUrl": "$orders", "MessageBody": "latte", "MessageAttributes": {name: value}}
        yield Refused("send_message", sent, code, text)
    for params, code, text in RECEIVING:
        yield Refused("receive_message", {"QueueUrl": "$orders", **params}, code, text)
    for params, code, text in PERMISSIONS:
        yield Refused("add_permission", {**GRANT, "QueueUrl": "$orders", **params}, code, text)
    for tags, code, text in TAGS:
        yield Refused("tag_queue", {"QueueUrl": "$orders", "Tags": tags}, code, text)
    for params, code, text in STARTING:
        named = {name: v.replace("ARN:", "$arn:") if isinstance(v, str) else v for name, v in params.items()}
        yield Refused("start_message_move_task", {"SourceArn": "$arn:dead", **named}, code, text)


def _policies() -> Iterator[Refused]:
    for policy, reason in REDRIVE:
        text = policy.replace("ACCOUNT", "$account")
        for method, queue in (
            ("set_queue_attributes", {"QueueUrl": "$orders"}),
            ("create_queue", {"QueueName": "new"}),
        ):
            given = {**queue, "Attributes": {"RedrivePolicy": text}}
            yield Refused(method, given, VALUE, bad("RedrivePolicy", text, reason))
    given = {"QueueUrl": "$orders", "Attributes": {"RedrivePolicy": "junk"}}
    yield Refused("set_queue_attributes", given, "InvalidAttributeValue", NO_MAP)
    for document, code, text in ALLOWING:
        attributes = {"RedriveAllowPolicy": json.dumps(document)}
        yield Refused("set_queue_attributes", {"QueueUrl": "$orders", "Attributes": attributes}, code, text)


def _batches() -> Iterator[Refused]:
    for method, entry_type, rest in (
        ("send_message_batch", "SendMessageBatchRequestEntry", {"MessageBody": "latte"}),
        ("delete_message_batch", "DeleteMessageBatchRequestEntry", {"ReceiptHandle": "h"}),
        (
            "change_message_visibility_batch",
            "ChangeMessageVisibilityBatchRequestEntry",
            {"ReceiptHandle": "h", "VisibilityTimeout": 1},
        ),
    ):
        for entries, shape, text in BATCHES:
            sent = {"QueueUrl": "$orders", "Entries": [{**entry, **rest} for entry in entries]}
            yield Refused(method, sent, BATCH + shape, text.format(entry=entry_type))


def _unknown_queues() -> Iterator[Refused]:
    """Every operation that names its queue by a URL."""
    entry = {"Id": "a", "ReceiptHandle": "h", "VisibilityTimeout": 1}
    calls: dict[str, dict[str, Any]] = {
        "add_permission": GRANT,
        "change_message_visibility": {"ReceiptHandle": "h", "VisibilityTimeout": 1},
        "change_message_visibility_batch": {"Entries": [entry]},
        "delete_message": {"ReceiptHandle": "h"},
        "delete_message_batch": {"Entries": [{"Id": "a", "ReceiptHandle": "h"}]},
        "delete_queue": {},
        "get_queue_attributes": {"AttributeNames": ["All"]},
        "list_dead_letter_source_queues": {},
        "list_queue_tags": {},
        "purge_queue": {},
        "receive_message": {},
        "remove_permission": {"Label": "a"},
        "send_message": {"MessageBody": "latte"},
        "send_message_batch": {"Entries": [{"Id": "a", "MessageBody": "latte"}]},
        "set_queue_attributes": {"Attributes": {"DelaySeconds": "1"}},
        "tag_queue": {"Tags": {"a": "b"}},
        "untag_queue": {"TagKeys": ["a"]},
    }
    for method, params in calls.items():
        yield Refused(method, {"QueueUrl": "$nowhere", **params}, f"{BATCH}NonExistentQueue", NO_QUEUE)
        yield Refused(
            method,
            {"QueueUrl": "", **params},
            "InvalidAddress",
            "The address $server is not valid for this endpoint.",
        )


Row = tuple[str, dict[str, Any], str, str]

_QUEUES: list[Row] = [
    ("create_queue", {}, VALUE, "Value for parameter QueueName is invalid. Reason: Must specify a queue name."),
    ("get_queue_url", {}, VALUE, "Value for parameter QueueName is invalid. Reason: Must specify a queue name."),
    (
        "create_queue",
        {"QueueName": "deleted"},
        f"{BATCH}QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    ),
    (
        "create_queue",
        {"QueueName": "new", "tags": {"k" * 129: ""}},
        VALUE,
        "Tag keys must be between 1 and 128 characters in length.",
    ),
    ("get_queue_url", {"QueueName": "nowhere"}, f"{BATCH}NonExistentQueue", NO_QUEUE),
    (
        "get_queue_url",
        {"QueueName": "nowhere", "QueueOwnerAWSAccountId": "999999999999"},
        f"{BATCH}NonExistentQueue",
        "The specified queue does not exist or you do not have access to it.",
    ),
    (
        "get_queue_attributes",
        {"QueueUrl": "$orders", "AttributeNames": ["All", "Colour"]},
        "InvalidAttributeName",
        "Unknown Attribute Colour.",
    ),
    (
        "purge_queue",
        {"QueueUrl": "$purged"},
        f"{BATCH}PurgeQueueInProgress",
        "Only one PurgeQueue operation on purged is allowed every 60 seconds.",
    ),
    (
        "list_queues",
        {"MaxResults": 1_001},
        VALUE,
        bad("MaxResults", 1_001, "MaxResults must be an integer between 1 and 1000."),
    ),
    ("list_queues", {"MaxResults": 1, "NextToken": "?"}, VALUE, "Invalid or expired next token."),
    (
        "list_dead_letter_source_queues",
        {"QueueUrl": "$dead", "MaxResults": 0},
        VALUE,
        bad("MaxResults", 0, "MaxResults must be an integer between 1 and 1000."),
    ),
    (
        "set_queue_attributes",
        {"QueueUrl": "$orders", "Attributes": {"VisibilityTimeout": "43201"}},
        "InvalidAttributeValue",
        "Invalid value for the parameter VisibilityTimeout.",
    ),
    (
        "remove_permission",
        {"QueueUrl": "$orders", "Label": "none"},
        VALUE,
        bad("Label", "none", "can't find label on existing policy."),
    ),
]

_MESSAGES: list[Row] = [
    ("send_message", {"QueueUrl": "$orders"}, MISSING, missing("MessageBody")),
    (
        "send_message",
        {"QueueUrl": "$small", "MessageBody": "a" * 1_025},
        VALUE,
        "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
    ),
    (
        "send_message",
        {
            "QueueUrl": "$orders",
            "MessageBody": "latte",
            "MessageAttributes": {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)},
        },
        VALUE,
        "Number of message attributes [11] exceeds the allowed maximum [10].",
    ),
    (
        "send_message_batch",
        {"QueueUrl": "$orders", "Entries": [{"Id": id_, "MessageBody": "a" * 600_000} for id_ in "ab"]},
        f"{BATCH}BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes.",
    ),
    (
        "send_message_batch",
        {"QueueUrl": "$orders", "Entries": [{"Id": "a"}]},
        MISSING,
        missing("SendMessageBatchRequestEntry.1.MessageBody"),
    ),
    ("receive_message", {"QueueUrl": "$full"}, "OverLimit", "The maximum number of in flight messages is reached."),
]

_FIFO: list[Row] = [
    ("send_message", {"QueueUrl": "$orders.fifo", "MessageBody": "latte"}, MISSING, missing("MessageGroupId")),
    (
        "send_message",
        {"QueueUrl": "$orders.fifo", "MessageBody": "latte", "MessageGroupId": "bar"},
        VALUE,
        NO_DEDUPLICATION,
    ),
    (
        "send_message",
        {
            "QueueUrl": "$orders.fifo",
            "MessageBody": "latte",
            "MessageGroupId": "bar",
            "MessageDeduplicationId": "1",
            "DelaySeconds": 2,
        },
        VALUE,
        bad("DelaySeconds", 2, NOT_FOR_TYPE),
    ),
    (
        "send_message",
        {
            "QueueUrl": "$orders.fifo",
            "MessageBody": "latte",
            "MessageGroupId": "bar",
            "MessageDeduplicationId": "two words",
        },
        VALUE,
        bad("MessageDeduplicationId", "two words", f"MessageDeduplicationId {ID_FORM}"),
    ),
    (
        "send_message_batch",
        {"QueueUrl": "$orders.fifo", "Entries": [{"Id": "a", "MessageBody": "latte"}]},
        VALUE,
        missing("MessageGroupId"),
    ),
    (
        "send_message_batch",
        {"QueueUrl": "$orders.fifo", "Entries": [{"Id": "a", "MessageBody": "latte", "MessageGroupId": "bar"}]},
        VALUE,
        NO_DEDUPLICATION,
    ),
    (
        "receive_message",
        {"QueueUrl": "$orders.fifo", "ReceiveRequestAttemptId": "two words"},
        VALUE,
        bad("ReceiveRequestAttemptId", "two words", f"ReceiveRequestAttemptId {ID_FORM}"),
    ),
    (
        "delete_message",
        {"QueueUrl": "$orders.fifo", "ReceiptHandle": "$expired-handle"},
        VALUE,
        bad("ReceiptHandle", "$expired-handle", "The receipt handle has expired."),
    ),
    (
        "change_message_visibility",
        {"QueueUrl": "$orders.fifo", "ReceiptHandle": "$expired-handle", "VisibilityTimeout": 1},
        VALUE,
        bad("ReceiptHandle", "$expired-handle", UNAVAILABLE),
    ),
]


def _change(handle: str, timeout: int) -> dict[str, Any]:
    return {"QueueUrl": "$orders", "ReceiptHandle": handle, "VisibilityTimeout": timeout}


OF_OTHER_QUEUE = 'The receipt handle "$other-handle" is not valid for this queue.'


_HANDLES: list[Row] = [
    ("delete_message", {"QueueUrl": "$orders"}, MISSING, missing("MessageHandle")),
    ("delete_message", {"QueueUrl": "$orders", "ReceiptHandle": ""}, MISSING, missing("ReceiptHandle")),
    (
        "delete_message",
        {"QueueUrl": "$orders", "ReceiptHandle": "junk"},
        "ReceiptHandleIsInvalid",
        'The input receipt handle "junk" is not a valid receipt handle.',
    ),
    (
        "delete_message",
        {"QueueUrl": "$orders", "ReceiptHandle": "$other-handle"},
        "ReceiptHandleIsInvalid",
        OF_OTHER_QUEUE,
    ),
    ("change_message_visibility", _change("$other-handle", 1), "ReceiptHandleIsInvalid", OF_OTHER_QUEUE),
    *(
        (
            "change_message_visibility",
            _change("$handle", timeout),
            VALUE,
            bad("VisibilityTimeout", timeout, "Must be between 0 and 43200, if provided."),
        )
        for timeout in (-1, 43_201)
    ),
    (
        "change_message_visibility",
        _change("$handle", 43_200),
        VALUE,
        bad("VisibilityTimeout", 43_200, "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"),
    ),
    (
        "change_message_visibility",
        _change("$gone-handle", 1),
        VALUE,
        bad("ReceiptHandle", "$gone-handle", UNAVAILABLE),
    ),
    (
        "change_message_visibility",
        {"QueueUrl": "$orders", "ReceiptHandle": "$handle"},
        MISSING,
        missing("VisibilityTimeout"),
    ),
]

_MOVING: list[Row] = [
    ("start_message_move_task", {}, MISSING, missing("SourceArn")),
    (
        "start_message_move_task",
        {"SourceArn": "$arn:busy"},
        VALUE,
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    ),
    ("cancel_message_move_task", {"TaskHandle": "junk"}, VALUE, "Value for parameter TaskHandle is invalid."),
    (
        "cancel_message_move_task",
        {"TaskHandle": "$unknown-task"},
        "ResourceNotFoundException",
        "Task does not exist.",
    ),
    ("cancel_message_move_task", {"TaskHandle": "$stopped-task"}, VALUE, "Only active tasks can be cancelled."),
    (
        "list_message_move_tasks",
        {"SourceArn": "$arn:nowhere"},
        "ResourceNotFoundException",
        "The resource that you specified for the SourceArn parameter doesn't exist.",
    ),
    (
        "list_message_move_tasks",
        {"SourceArn": "$arn:dead", "MaxResults": 11},
        VALUE,
        "Value for parameter MaxResults is invalid. Reason: You must enter a number that's between 1 and 10.",
    ),
]
