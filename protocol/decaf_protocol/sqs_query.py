"""What SQS's current model lost when the service moved to JSON: how Query names things, and its error codes.

Rule: the model names members; the rules here turn them into Query's names, and the tables hold the codes,
statuses and texts that today's model no longer carries. All of Query's lists and maps are flattened in SQS.

Sources: the Query examples of the SQS API Reference, the `awsQueryError` traits of AWS's Smithy model, and
answers of the service quoted in public reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from decaf_protocol.models import ErrorTrait, Shape
from decaf_protocol.query import FormWire, Node, scalar_reader
from decaf_protocol.shapes import Reader
from decaf_protocol.wire import AWSError

NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"

_ELEMENTS = {
    "StringList": "StringListValue",
    "BinaryList": "BinaryListValue",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
}

# A batch without entries is an EmptyBatchRequest, sent as nothing or as []; a form cannot tell the two apart.
# Any other list or map that is required and absent is a missing parameter.
_EMPTY_WHEN_ABSENT = frozenset({"Entries"})

# What the operation misses by itself: its error then names the message attribute that has no DataType.
_MISSED_LATER = frozenset({"DataType"})

# Reported under a name no model has.
_MISSED_AS = {"ReceiptHandle": "MessageHandle"}


def element_name(shape: Shape) -> str:
    """What one element of a list is called: SendMessageBatchRequestEntry, AttributeName, QueueUrl..."""
    return _ELEMENTS.get(shape.name) or shape.name.removesuffix("List")


def entry_name(member: str) -> str:
    """What one entry of a map is called: Attributes -> Attribute, tags -> Tag."""
    return (member[:1].upper() + member[1:]).removesuffix("s")


def wire_name(member: str, shape: Shape) -> str:
    """What a member is called in Query."""
    if shape.kind == "list":
        return element_name(shape)
    return entry_name(member) if shape.kind == "map" else member


def entry_parts(shape: Shape) -> tuple[str, str]:
    """What an entry calls its key and its value."""
    return ("Key", "Value") if shape.name == "TagMap" else ("Name", "Value")


def element_path(member: str, shape: Shape, at: str, which: int | str) -> str:
    """SendMessageBatchRequestEntry.1. and the like: errors name entries so in JSON too."""
    return f"{at}{wire_name(member, shape)}.{which}."


def required(shape: Shape) -> tuple[str, ...]:
    """The members missed while reading."""
    return tuple(member for member in shape.required if member not in _MISSED_LATER)


def missing(member: str, at: str) -> list[Any]:
    """What stands for an absent required member; SQS names the first that is missing, and no more."""
    if member in _EMPTY_WHEN_ABSENT:
        return []
    name = f"{at}{member}" if at else _MISSED_AS.get(member, member)
    raise AWSError("MissingRequiredParameterException", f"The request must contain the parameter {name}.")


class FlatFormWire(FormWire):
    """SQS's form: lists and maps without a level of their own, `Attribute.1.Name`; numbers may have gaps.

    One element, or one entry of a map, may go without a number: `AttributeName=All`, `Attribute.Name=...`.
    """

    def name(self, member: str, shape: Shape) -> str:
        return wire_name(member, shape)

    def present(self, node: Node, shape: Shape) -> bool:
        return node.text is not None or not shape.scalar

    def items(self, member: str, shape: Shape) -> Callable[[Any], Iterable[Any]]:
        def items(node: Node) -> Iterator[Node]:
            if node.text:  # an empty list is sent as its name without a value
                yield node
            yield from node.numbered()

        return items

    def entries(self, member: str, shape: Shape) -> Callable[[Any], Iterable[tuple[str, Any]]]:
        key, value = entry_parts(shape)

        def entries(node: Node) -> Iterator[tuple[str, Node]]:
            for entry in (node,) if key in node.parts else node.numbered():
                yield entry.get(key) or "", entry.parts.get(value) or Node()

        return entries

    def scalar(self, member: str, shape: Shape) -> Reader:
        return scalar_reader(member, shape, self)

    def required(self, shape: Shape) -> tuple[str, ...]:
        return required(shape)

    def missing(self, member: str, at: str, complaints: list[str]) -> Any:
        return missing(member or "Value", at)  # an entry with nothing but a name

    def element_path(self, member: str, shape: Shape, at: str, which: int | str) -> str:
        return element_path(member, shape, at, which)

    def unreadable(self, member: str, at: str, text: str, kind: str) -> AWSError:
        """The text SQS has for every other bad value of a parameter."""
        return AWSError(
            "InvalidParameterValueException",
            f"Value {text} for parameter {at}{member} is invalid. Reason: Must be of type {kind}.",
        )


def names(shape: Shape) -> frozenset[str]:
    """What an operation's parameters are called."""
    return frozenset(wire_name(member, inner) for member, inner in shape.members.items())


def refuse_foreign_lists(form: Node, known: frozenset[str]) -> None:
    """Raise AWSError MalformedInput for a list under a name that is not `known`, as SQS does.

    So `Entries.1.Id` or `MessageAttributeNames.member.1`, spelled as other services would have it, does not
    pass for an empty list.
    """
    for name, node in form.parts.items():
        if node.parts and name not in known:
            if "member" in node.parts:
                raise AWSError("MalformedInput", "Start of list found where not expected")
            if any(node.numbered()):
                raise AWSError("MalformedInput", "Top level element may not be treated as a list")


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
