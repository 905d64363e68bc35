"""The parts of SQS's Query protocol that its model lost when the service moved to JSON: names and error codes.

Rule: the model names members; the rules here turn them into Query's names, and the tables hold the codes,
statuses and texts that the model no longer has. All of Query's lists and maps are flattened in SQS.

Sources: the Query examples of the SQS API Reference, the `awsQueryError` traits of AWS's Smithy model, and
answers of the service quoted in public reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decaf_protocol.models import ErrorTrait, Shape
from decaf_protocol.wire import AWSError

NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"

_ELEMENTS = {
    "StringList": "StringListValue",
    "BinaryList": "BinaryListValue",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
}

# A batch without entries is an EmptyBatchRequest, with no Entries or with []; in a form the two look the same.
# Any other list or map that is required and absent is a missing parameter.
_EMPTY_WHEN_ABSENT = frozenset({"Entries"})

# Checked by the operation, whose error names the message attribute that has no DataType.
_MISSED_LATER = frozenset({"DataType"})

# Reported under a name that no model has.
_MISSED_AS = {"ReceiptHandle": "MessageHandle"}


def element_name(shape: Shape) -> str:
    """Returns the name of one element of a list: SendMessageBatchRequestEntry, AttributeName, QueueUrl..."""
    return _ELEMENTS.get(shape.name) or shape.name.removesuffix("List")


def entry_name(member: str) -> str:
    """Returns the name of one entry of a map: Attributes -> Attribute, tags -> Tag."""
    return (member[:1].upper() + member[1:]).removesuffix("s")


def wire_name(member: str, shape: Shape) -> str:
    """Returns the name of a member in Query."""
    if shape.kind == "list":
        return element_name(shape)
    return entry_name(member) if shape.kind == "map" else member


def wire_names(member: str, shape: Shape) -> tuple[str, ...]:
    """What a member may be called in Query: the API Reference has Tag.N.Key, while SDKs send Tags.N.Key as well.

    Source: TagQueue in the Java SDKs of the Query generation, 1.12.400 and 2.20, and in the C++ SDK (Tags.entry.N.Key).
    """
    name = wire_name(member, shape)
    return (name, "Tags") if shape.name == "TagMap" else (name,)


def entry_parts(shape: Shape) -> tuple[str, str]:
    """Returns the names of the key and the value of a map's entries."""
    return ("Key", "Value") if shape.name == "TagMap" else ("Name", "Value")


def element_path(member: str, shape: Shape, at: str, which: int | str) -> str:
    """Returns a path such as `SendMessageBatchRequestEntry.1.`: errors name entries so in JSON too."""
    return f"{at}{wire_name(member, shape)}.{which}."


def required(shape: Shape) -> tuple[str, ...]:
    """Returns the members whose absence is an error while reading."""
    return tuple(member for member in shape.required if member not in _MISSED_LATER)


def missing(member: str, at: str) -> list[Any]:
    """Returns the value of an absent required member, or raises AWSError: SQS reports the first that is missing."""
    if member in _EMPTY_WHEN_ABSENT:
        return []
    if member == "QueueName":
        raise AWSError(
            "InvalidParameterValueException",
            "Value for parameter QueueName is invalid. Reason: Must specify a queue name.",
        )
    name = f"{at}{member}" if at else _MISSED_AS.get(member, member)
    raise AWSError("MissingRequiredParameterException", f"The request must contain the parameter {name}.")


_PREFIXED = (
    "BatchEntryIdsNotDistinct",
    "BatchRequestTooLong",
    "EmptyBatchRequest",
    "InvalidBatchEntryId",
    "MessageNotInflight",
    "QueueDeletedRecently",
    "TooManyEntriesInBatchRequest",
    "UnsupportedOperation",
)

ERRORS: Mapping[str, ErrorTrait] = {
    **{shape: ErrorTrait(f"AWS.SimpleQueueService.{shape}", 400) for shape in _PREFIXED},
    "InvalidAddress": ErrorTrait("InvalidAddress", 404),
    "InvalidAttributeName": ErrorTrait("InvalidAttributeName", 400),
    "InvalidAttributeValue": ErrorTrait("InvalidAttributeValue", 400),
    "InvalidIdFormat": ErrorTrait("InvalidIdFormat", 400),
    "InvalidMessageContents": ErrorTrait("InvalidMessageContents", 400),
    "InvalidSecurity": ErrorTrait("InvalidSecurity", 403),
    "KmsAccessDenied": ErrorTrait("KMS.AccessDeniedException", 400),
    "KmsDisabled": ErrorTrait("KMS.DisabledException", 400),
    "KmsInvalidKeyUsage": ErrorTrait("KMS.InvalidKeyUsageException", 400),
    "KmsInvalidState": ErrorTrait("KMS.InvalidStateException", 400),
    "KmsNotFound": ErrorTrait("KMS.NotFoundException", 400),
    "KmsOptInRequired": ErrorTrait("KMS.OptInRequired", 403),
    "KmsThrottled": ErrorTrait("KMS.ThrottlingException", 400),
    "OverLimit": ErrorTrait("OverLimit", 403),
    "PurgeQueueInProgress": ErrorTrait("AWS.SimpleQueueService.PurgeQueueInProgress", 403),
    "QueueDoesNotExist": ErrorTrait("AWS.SimpleQueueService.NonExistentQueue", 400),
    "QueueNameExists": ErrorTrait("QueueAlreadyExists", 400),
    "ReceiptHandleIsInvalid": ErrorTrait("ReceiptHandleIsInvalid", 404),
    "RequestThrottled": ErrorTrait("RequestThrottled", 403),
    "ResourceNotFoundException": ErrorTrait("ResourceNotFoundException", 404),
}

# Errors are raised in the words of the JSON protocol; these are worded otherwise in Query.
TEXTS: Mapping[str, str] = {
    "The specified queue does not exist.": "The specified queue does not exist for this wsdl version.",
}
