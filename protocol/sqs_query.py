"""What SQS's current model lost when the service moved to JSON: how Query names things, and its error codes.

Rule: the model names members; the rules here turn them into Query's names, and the tables hold the codes,
statuses and texts that today's model no longer carries. All of Query's lists and maps are flattened in SQS.

Sources: the Query examples of the SQS API Reference, and the `awsQueryError` traits of AWS's Smithy model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from protocol.models import Fault, Shape
from protocol.query import FormWire, Node, scalar_reader
from protocol.shapes import Reader
from protocol.wire import AWSError

NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"

_ELEMENTS = {
    "StringList": "StringListValue",
    "BinaryList": "BinaryListValue",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
}

# A form cannot state an empty list: no entries at all must reach the operation, which knows EmptyBatchRequest.
# Every other absent list is a missing parameter.
EMPTY_WHEN_ABSENT = frozenset({"Entries"})

# The operations word these errors themselves: a message attribute without DataType names the attribute.
MISSED_BY_OPERATION = frozenset({"DataType"})


def element_name(shape: Shape) -> str:
    """What one element of a list is called: SendMessageBatchRequestEntry, AttributeName, QueueUrl..."""
    return _ELEMENTS.get(shape.name) or shape.name.removesuffix("List")


def entry_name(member: str) -> str:
    """What one entry of a map is called: Attributes -> Attribute, tags -> Tag."""
    return (member[:1].upper() + member[1:]).removesuffix("s")


def entry_parts(shape: Shape) -> tuple[str, str]:
    """What an entry calls its key and its value."""
    return ("Key", "Value") if shape.name == "TagMap" else ("Name", "Value")


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

ERRORS: Mapping[str, Fault] = {
    **{shape: Fault(f"AWS.SimpleQueueService.{shape}", 400) for shape in _PREFIXED},
    "InvalidAddress": Fault("InvalidAddress", 404),
    "InvalidAttributeName": Fault("InvalidAttributeName", 400),
    "InvalidAttributeValue": Fault("InvalidAttributeValue", 400),
    "InvalidIdFormat": Fault("InvalidIdFormat", 400),
    "InvalidMessageContents": Fault("InvalidMessageContents", 400),
    "InvalidSecurity": Fault("InvalidSecurity", 403),
    "KmsAccessDenied": Fault("KMS.AccessDeniedException", 400),
    "KmsDisabled": Fault("KMS.DisabledException", 400),
    "KmsInvalidKeyUsage": Fault("KMS.InvalidKeyUsageException", 400),
    "KmsInvalidState": Fault("KMS.InvalidStateException", 400),
    "KmsNotFound": Fault("KMS.NotFoundException", 400),
    "KmsOptInRequired": Fault("KMS.OptInRequired", 403),
    "KmsThrottled": Fault("KMS.ThrottlingException", 400),
    "OverLimit": Fault("OverLimit", 403),
    "PurgeQueueInProgress": Fault("AWS.SimpleQueueService.PurgeQueueInProgress", 403),
    "QueueDoesNotExist": Fault("AWS.SimpleQueueService.NonExistentQueue", 400),
    "QueueNameExists": Fault("QueueAlreadyExists", 400),
    "ReceiptHandleIsInvalid": Fault("ReceiptHandleIsInvalid", 404),
    "RequestThrottled": Fault("RequestThrottled", 403),
    "ResourceNotFoundException": Fault("ResourceNotFoundException", 404),
}

# Operations word errors as JSON does; these are worded otherwise in Query.
TEXTS: Mapping[str, str] = {
    "The specified queue does not exist.": "The specified queue does not exist for this wsdl version.",
}


def missing(member: str, at: str, _: list[str]) -> None:
    """SQS misses one parameter at a time, whatever the protocol; entries are named as Query names them."""
    raise AWSError(
        "MissingRequiredParameterException", f"The request must contain the parameter {at}{member}."
    )


def element_path(member: str, shape: Shape, at: str, which: int | str) -> str:
    """SendMessageBatchRequestEntry.1. and the like."""
    return f"{at}{element_name(shape) if shape.kind == 'list' else entry_name(member)}.{which}."


def required(shape: Shape) -> tuple[str, ...]:
    """The members missed while reading."""
    return tuple(member for member in shape.required if member not in MISSED_BY_OPERATION)


class FlatFormWire(FormWire):
    """SQS's form: lists and maps without a level of their own, `Attribute.1.Name`; numbers may have gaps.

    One element, and one entry of a map, may also go without a number: `AttributeName=All`, `Attribute.Name=...`.
    """

    def name(self, member: str, shape: Shape) -> str:
        if shape.kind == "list":
            return element_name(shape)
        return entry_name(member) if shape.kind == "map" else member

    def present(self, node: Node, shape: Shape) -> bool:
        return node.text is not None or not shape.scalar

    def fields(self, shape: Shape) -> Callable[[Any], Iterable[tuple[str, Any]]]:
        sent = super().fields(shape)
        empty = [
            (member, self.name(member, shape.members[member]))
            for member in EMPTY_WHEN_ABSENT & {*shape.members}
        ]
        if not empty:
            return sent

        def fields(node: Node) -> Iterator[tuple[str, Node]]:
            yield from sent(node)
            for member, name in empty:
                if name not in node.parts:
                    yield member, Node()

        return fields

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

    def missing(self, member: str, at: str, complaints: list[str]) -> None:
        missing(member or "Value", at, complaints)

    def element_path(self, member: str, shape: Shape, at: str, which: int | str) -> str:
        return element_path(member, shape, at, which)

    def unreadable(self, member: str, at: str, text: str, kind: str) -> AWSError:
        """The text SQS has for every other bad value of a parameter."""
        return AWSError(
            "InvalidParameterValueException",
            f"Value {text} for parameter {at}{member} is invalid. Reason: Must be of type {kind}.",
        )
