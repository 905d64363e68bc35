"""The event of a batch: the members of a record, their order, and what is left out."""

from __future__ import annotations

import json
from typing import Any

from decaf.base.arn import Arn
from decaf.base.ids import read_uuid
from decaf.functions import sqs_event
from decaf.sqs import digest, receipt
from decaf.sqs.message import FifoIds, Message, Metadata, Receives, by_sender

QUEUE = Arn("sqs", "eu-west-1", "123456789012", "orders")
TAG = b"12345678"


def message(**more: Any) -> Message:
    facts: dict[str, Any] = {
        "identity": read_uuid("059f36b4-87a3-44ab-83d2-661975830a7d"),
        "content": "a latte",
        "metadata": by_sender("AIDAIENQZJOLO23YVJ4VO"),
        "sent_at": 1_545_082_649.183,
        "receives": Receives(count=1, first_at=1_545_082_649.185),
        "number": 1,
    }
    return Message(**facts | more)


def record(with_window: bool = False, **more: Any) -> dict[str, Any]:
    return sqs_event.record(message(**more), QUEUE, TAG, with_window)


def test_a_record_has_the_members_of_lambda_in_its_order() -> None:
    found = record()
    assert list(found) == [
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    ]
    assert found["messageId"] == "059f36b4-87a3-44ab-83d2-661975830a7d"
    assert receipt.read(TAG, found["receiptHandle"]) == receipt.Receipt(1, 1)
    assert (found["body"], found["md5OfBody"]) == ("a latte", digest.of_body("a latte").hex())
    assert found["messageAttributes"] == {}
    assert found["eventSource"] == "aws:sqs"
    assert found["eventSourceARN"] == "arn:aws:sqs:eu-west-1:123456789012:orders"
    assert found["awsRegion"] == "eu-west-1"


def test_system_attributes_are_texts() -> None:
    assert record()["attributes"] == {
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "SentTimestamp": "1545082649183",
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": "1545082649185",
    }


def test_a_fifo_message_has_its_group_its_number_and_its_deduplication_id() -> None:
    attributes = record(group_id="tables", fifo=FifoIds("d1", 18849496460467696128))["attributes"]
    assert attributes["MessageGroupId"] == "tables"
    assert attributes["MessageDeduplicationId"] == "d1"
    assert attributes["SequenceNumber"] == "18849496460467696128"


def test_a_dead_letter_names_the_queue_it_was_in_and_a_traced_message_its_trace() -> None:
    old = "arn:aws:sqs:eu-west-1:123456789012:old"
    attributes = record(metadata=Metadata("AIDA", trace_header="Root=1-5", source_arn=old))["attributes"]
    assert attributes["DeadLetterQueueSourceArn"] == old
    assert attributes["AWSTraceHeader"] == "Root=1-5"


def test_a_message_attribute_has_its_value_and_two_empty_lists() -> None:
    attributes: dict[str, dict[str, Any]] = {
        "size": {"DataType": "Number", "StringValue": "3"},
        "photo": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
    }
    found = record(metadata=Metadata("AIDA", attributes, "abc"))
    lists: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    assert found["messageAttributes"] == {
        "size": {"stringValue": "3", **lists, "dataType": "Number"},
        "photo": {"binaryValue": "AP8=", **lists, "dataType": "Binary.png"},
    }
    assert found["md5OfMessageAttributes"] == "abc"


def test_the_digest_of_no_attributes_is_absent_and_with_a_window_null() -> None:
    assert "md5OfMessageAttributes" not in record()
    assert record(with_window=True)["md5OfMessageAttributes"] is None


def test_an_event_joins_records_as_they_are_written() -> None:
    written = [sqs_event.write(record()), sqs_event.write(record(content="ein Kännchen ☕"))]
    event = sqs_event.event(written)
    assert [each["body"] for each in json.loads(event)["Records"]] == ["a latte", "ein Kännchen ☕"]
    assert len(event) == sqs_event.EMPTY + sum(map(len, written)) + 1
