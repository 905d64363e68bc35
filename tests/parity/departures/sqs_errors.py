"""SQS's errors as a trace shows them, worded as the service words them."""

from __future__ import annotations

from ..trace import Trace
from .table import ANY_TEXT

# code a client sees -> (HTTP status, the error's name in SQS's model)
_ERRORS = {
    "AWS.SimpleQueueService.EmptyBatchRequest": (400, "EmptyBatchRequest"),
    "AWS.SimpleQueueService.BatchEntryIdsNotDistinct": (400, "BatchEntryIdsNotDistinct"),
    "AWS.SimpleQueueService.InvalidBatchEntryId": (400, "InvalidBatchEntryId"),
    "AWS.SimpleQueueService.QueueDeletedRecently": (400, "QueueDeletedRecently"),
    "AWS.SimpleQueueService.TooManyEntriesInBatchRequest": (400, "TooManyEntriesInBatchRequest"),
    "InvalidAttributeName": (400, "InvalidAttributeName"),
    "InvalidAttributeValue": (400, "InvalidAttributeValue"),
    "InvalidMessageContents": (400, "InvalidMessageContents"),
    "InvalidParameterValue": (400, "InvalidParameterValueException"),
    "MissingParameter": (400, "MissingRequiredParameterException"),
    "QueueAlreadyExists": (400, "QueueNameExists"),
    "ReceiptHandleIsInvalid": (404, "ReceiptHandleIsInvalid"),
}
_UNMODELLED = {"InvalidParameterValue", "MissingParameter"}  # boto3 has no class for these


def refused(code: str, message: str = ANY_TEXT) -> Trace:
    status, shape = _ERRORS[code]
    return {
        "status": status,
        "error": code,
        "message": message,
        "exception": "ClientError" if code in _UNMODELLED else shape,
        "type": "Sender",
        "shape": shape,
    }


def bad(parameter: str, value: object, reason: str) -> Trace:
    text = f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    return refused("InvalidParameterValue", text)


def bad_group(group: str) -> Trace:
    return bad(
        "MessageGroupId",
        group,
        "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
    )


def no_handle(handle: str) -> Trace:
    text = f'The input receipt handle "{handle}" is not a valid receipt handle.'
    return refused("ReceiptHandleIsInvalid", text)


def too_long(limit: int) -> Trace:
    text = f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
    return refused("InvalidParameterValue", text)


def other_value(attribute: str) -> Trace:
    text = f"A queue already exists with the same name and a different value for attribute {attribute}"
    return refused("QueueAlreadyExists", text)


def no_entries(call: str) -> Trace:
    text = f"There should be at least one {call}RequestEntry in the request."
    return refused("AWS.SimpleQueueService.EmptyBatchRequest", text)


BAD_NAME = refused(
    "InvalidParameterValue",
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
)
BAD_VALUE = refused("InvalidAttributeValue")
UNKNOWN_ATTRIBUTE = refused("InvalidAttributeName", "Unknown Attribute Colour.")
TOO_MANY = refused(
    "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "Maximum number of entries per request are 10. You have sent 11.",
)
TWICE = refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "Id a repeated.")
BAD_ID = refused(
    "AWS.SimpleQueueService.InvalidBatchEntryId",
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores."
    " It can be at most 80 letters long.",
)
BAD = refused("InvalidParameterValue")
MISSING = refused("MissingParameter")

NOT_FOR_TYPE = "The request include parameter that is not valid for this queue type."

CODES = "SQS API Reference, Common Error Types: the model calls it InvalidParameterValueException"
EMPTY = "SQS API Reference: an empty list or map is left out of the answer"
