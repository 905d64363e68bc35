"""The system attributes of a message, as those who receive it get them: as texts.

Source: the SQS API Reference, ReceiveMessage, MessageSystemAttributeNames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from decaf.sqs.message import Message

SYSTEM_ATTRIBUTES: dict[str, Callable[[Message], Any]] = {
    "SenderId": lambda message: message.metadata.sender_id,
    "SentTimestamp": lambda message: int(message.sent_at * 1000),
    "ApproximateReceiveCount": lambda message: message.receives.count,
    "ApproximateFirstReceiveTimestamp": lambda message: int((message.receives.first_at or 0) * 1000),
    "SequenceNumber": lambda message: message.sequence_number,
    "MessageDeduplicationId": lambda message: message.deduplication_id,
    "MessageGroupId": lambda message: message.group_id,
    "AWSTraceHeader": lambda message: message.metadata.trace_header,
    "DeadLetterQueueSourceArn": lambda message: message.metadata.source_arn,
}


def system_attributes(message: Message, names: Iterable[str] = SYSTEM_ATTRIBUTES) -> dict[str, str]:
    """Returns those of the named attributes that the message has."""
    values = ((name, SYSTEM_ATTRIBUTES[name](message)) for name in names)
    return {name: str(value) for name, value in values if value is not None}
