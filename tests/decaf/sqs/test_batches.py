"""Batches: entries that fail alone, in the words and with the code that AWS has for entries."""

from __future__ import annotations

from typing import Any

import pytest

VALUE = "InvalidParameterValue"

SENDING: list[tuple[dict[str, Any], str, str]] = [
    ({"MessageBody": ""}, "MissingParameter", "The request must contain the parameter MessageBody."),
    (
        {"MessageBody": "a" * 1_025},
        VALUE,
        "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
    ),
    (
        {"MessageBody": "\x00"},
        "InvalidMessageContents",
        "Invalid binary character '#x0' was found in the message body, the set of allowed characters is "
        "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
    ),
    (
        {"DelaySeconds": 901},
        VALUE,
        "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    ),
    (
        {"MessageDeduplicationId": "d"},
        VALUE,
        "The request include parameter that is not valid for this queue type",
    ),
    (
        {"MessageGroupId": ""},
        VALUE,
        "Value  for parameter MessageGroupId is invalid. Reason: "
        "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
    ),
    (
        {"MessageAttributes": {"a": {"StringValue": "x", "DataType": ""}}},
        VALUE,
        "The message attribute 'a' must contain non-empty message attribute type.",
    ),
    (
        {"MessageAttributes": {"a": {"StringListValues": ["x"], "DataType": "String"}}},
        "AWS.SimpleQueueService.UnsupportedOperation",
        "Message attribute list values in SendMessage operation are not supported.",
    ),
]


@pytest.mark.parametrize(("entry", "code", "text"), SENDING)
def test_an_entry_to_send_fails_alone(sqs: Any, entry: dict[str, Any], code: str, text: str) -> None:
    url = sqs.create_queue(QueueName="small", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    entries = [{"Id": "good", "MessageBody": "latte"}, {"Id": "bad", "MessageBody": "latte", **entry}]
    result = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert result["Failed"] == [{"Id": "bad", "SenderFault": True, "Code": code, "Message": text}]
    assert [entry["Id"] for entry in result["Successful"]] == ["good"]
    assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1


def test_entries_together_may_be_longer_than_the_queue_takes_of_one(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="small", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    entries = [{"Id": str(n), "MessageBody": "a" * 1_024} for n in range(10)]
    result = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert len(result["Successful"]) == 10
    assert "Failed" not in result


def test_a_batch_may_have_a_mebibyte(sqs: Any, url: str) -> None:
    entries = [{"Id": "a", "MessageBody": "a" * 1_048_575}, {"Id": "b", "MessageBody": "b"}]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 2


def test_handles_fail_alone(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    entries = [
        {"Id": "good", "ReceiptHandle": handle, "VisibilityTimeout": 60},
        {"Id": "junk", "ReceiptHandle": "junk", "VisibilityTimeout": 60},
        {"Id": "long", "ReceiptHandle": handle, "VisibilityTimeout": 43_200},
        {"Id": "none", "ReceiptHandle": handle},
    ]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    assert changed["Successful"] == [{"Id": "good"}]
    assert [(entry["Id"], entry["Code"], entry["Message"]) for entry in changed["Failed"]] == [
        ("junk", "ReceiptHandleIsInvalid", 'The input receipt handle "junk" is not a valid receipt handle.'),
        (
            "long",
            VALUE,
            "Value 43200 for parameter VisibilityTimeout is invalid. Reason: "
            "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
        ),
        ("none", "MissingParameter", "The request must contain the parameter VisibilityTimeout."),
    ]
    deleting = [{"Id": entry["Id"], "ReceiptHandle": entry["ReceiptHandle"]} for entry in entries[:2]]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=deleting)
    assert (deleted["Successful"], deleted["Failed"][0]["Code"]) == ([{"Id": "good"}], "ReceiptHandleIsInvalid")


def test_changing_a_message_that_is_gone_fails_its_entry(sqs: Any, url: str) -> None:
    """Recorded answers of the service, 2026-03: a code and a text of the batch's own."""
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    entries = [{"Id": "gone", "ReceiptHandle": handle, "VisibilityTimeout": 60}]
    assert sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)["Failed"] == [
        {
            "Id": "gone",
            "SenderFault": True,
            "Code": "ReceiptHandleIsInvalid",
            "Message": "Message does not exist or is not available for visibility timeout change",
        }
    ]


def test_a_handle_of_another_queue_fails_alone(sqs: Any, url: str) -> None:
    """Answers of the service, 2022: the text of the single call, in a failed entry."""
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    for call, more in ((sqs.delete_message_batch, {}), (sqs.change_message_visibility_batch, {"VisibilityTimeout": 1})):
        (failed,) = call(QueueUrl=other, Entries=[{"Id": "a", "ReceiptHandle": handle, **more}])["Failed"]
        text = f'The receipt handle "{handle}" is not valid for this queue.'
        assert (failed["Code"], failed["Message"], failed["SenderFault"]) == ("ReceiptHandleIsInvalid", text, True)


def test_handles_of_earlier_receives_work_in_batches_too(sqs: Any, url: str) -> None:
    """Recorded answers of the service, 2024-05, of a standard queue."""
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    first, second = (
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=timeout)["Messages"][0]["ReceiptHandle"]
        for timeout in (0, 30)
    )
    assert first != second
    entry = {"Id": "a", "ReceiptHandle": first}
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{**entry, "VisibilityTimeout": 0}])
    assert changed["Successful"] == [{"Id": "a"}]
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    assert sqs.delete_message_batch(QueueUrl=url, Entries=[entry])["Successful"] == [{"Id": "a"}]
    sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": second, "VisibilityTimeout": 0}]
    )
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
