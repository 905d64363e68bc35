"""The event by which a function receives a batch of SQS messages: `{"Records": [...]}`.

Rule: a record is written as JSON when its message is received, since its handle and its counts are those of that
receive; an event only joins records.

Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"; recorded events, which have the keys in this order.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from decaf.base.arn import Arn
from decaf.sqs import receipt
from decaf.sqs.message import Message
from decaf.sqs.system_attributes import system_attributes

MAX_PAYLOAD = 6 * 1024 * 1024  # bytes of an event: the limit of a synchronous invocation
EMPTY = len(b'{"Records":[]}')  # bytes of an event without records


def record(message: Message, queue: Arn, tag: bytes, with_window: bool) -> dict[str, Any]:
    """Returns the record of a message received from `queue`, whose receipt handles have `tag`.

    `with_window` is whether the mapping has a batching window: then the digest of no attributes is null, not absent.
    """
    written: dict[str, Any] = {
        "messageId": message.id,
        "receiptHandle": receipt.handle(tag, message),
        "body": message.body,
        "attributes": system_attributes(message),
        "messageAttributes": {name: _attribute(value) for name, value in (message.metadata.attributes or {}).items()},
    }
    if message.metadata.attributes or with_window:
        written["md5OfMessageAttributes"] = message.metadata.attributes_md5
    return written | {
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": str(queue),
        "awsRegion": queue.region,
    }


def write(value: Mapping[str, Any]) -> bytes:
    """Returns the JSON of a record."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def event(records: Iterable[bytes]) -> bytes:
    """Returns the event of records that are written."""
    return b'{"Records":[' + b",".join(records) + b"]}"


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if "StringValue" in value:
        written["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        written["binaryValue"] = b64encode(value["BinaryValue"]).decode()
    return written | {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
