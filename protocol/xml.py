"""AWS Query on the way out: a result or an error as XML.

Rule: whatever text a user stored comes back through an XML parser as it was. Carriage returns are written as
references, since a parser would normalise them; what no XML document can hold becomes U+FFFD.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import xmltodict

from protocol import sqs_query
from protocol.errors import described
from protocol.models import Shape, service
from protocol.wire import AWSError, Reply

CONTENT_TYPE = ("Content-Type", "text/xml")
_NAMESPACES = {"sqs": sqs_query.NAMESPACE, "sns": "http://sns.amazonaws.com/doc/2010-03-31/"}
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_Writer = Callable[[Any], Any]


def result_reply(service_name: str, operation: str, result: dict[str, Any], request_id: str) -> Reply:
    """`<OpResponse>` with its `<OpResult>` (none for an operation without output) and the request id."""
    content: dict[str, Any] = {"@xmlns": _NAMESPACES[service_name]}
    if (writer := _writer(service_name, operation)) is not None:
        content[f"{operation}Result"] = writer(result)
    content["ResponseMetadata"] = {"RequestId": request_id}
    return _reply(200, {f"{operation}Response": content}, request_id)


def error_reply(service_name: str, error: AWSError, request_id: str) -> Reply:
    """`<ErrorResponse>`, SQS's with an empty `<Detail/>`; a GET without action has a document of its own."""
    if error.shape == "UnknownOperationException":
        return _reply(404, {error.shape: None}, request_id)
    status, words = described(service_name, error)
    if service_name == "sqs":
        words["Detail"] = None
    content = {"@xmlns": _NAMESPACES[service_name], "Error": words, "RequestId": request_id}
    return _reply(status, {"ErrorResponse": content}, request_id)


def _reply(status: int, document: dict[str, Any], request_id: str) -> Reply:
    return Reply(status, (CONTENT_TYPE, ("x-amzn-RequestId", request_id)), _render(document))


def _render(document: dict[str, Any]) -> bytes:
    text = xmltodict.unparse(document, short_empty_elements=True)
    return _ILLEGAL.sub("\ufffd", text).replace("\r", "&#xD;").encode()


@cache
def _writer(service_name: str, operation: str) -> _Writer | None:
    shape = service(service_name).operations[operation].output
    if shape is None:
        return None
    return _structure(shape, _flattened if service_name == "sqs" else _wrapped)


# A placer turns a member into its element's name and a writer of its value. A list of values becomes as many
# elements of that name: none at all when it is empty.
_Placer = Callable[[str, Shape], tuple[str, _Writer]]


def _structure(shape: Shape, place: _Placer) -> _Writer:
    members = [(name, *place(name, inner)) for name, inner in shape.members.items()]

    def write(value: dict[str, Any]) -> dict[str, Any]:
        written = {}
        for name, element, writer in members:
            if (inner := value.get(name)) is not None:
                written[element] = writer(inner)
        return written

    return write


def _flattened(member: str, shape: Shape) -> tuple[str, _Writer]:
    """SQS: each element or entry stands by itself; nothing is written for none."""
    if shape.kind == "list" and shape.element is not None:
        element = _value(shape.element, _flattened)
        return sqs_query.element_name(shape), lambda values: [element(value) for value in values]
    if shape.kind == "map" and shape.element is not None:
        return sqs_query.entry_name(member), _pairs(shape.element, sqs_query.entry_parts(shape), _flattened)
    return member, _value(shape, _flattened)


def _wrapped(member: str, shape: Shape) -> tuple[str, _Writer]:
    """SNS: elements under `member`, entries under `entry`, in an element that is there even when empty."""
    if shape.kind == "list" and shape.element is not None:
        element = _value(shape.element, _wrapped)
        return member, lambda values: {"member": [element(value) for value in values]} if values else None
    if shape.kind == "map" and shape.element is not None:
        pairs = _pairs(shape.element, (shape.key_name, shape.value_name), _wrapped)
        return member, lambda values: {"entry": pairs(values)} if values else None
    return member, _value(shape, _wrapped)


def _pairs(shape: Shape, parts: tuple[str, str], place: _Placer) -> Callable[[dict[str, Any]], list[Any]]:
    write = _value(shape, place)
    key_name, value_name = parts
    return lambda values: [{key_name: key, value_name: write(value)} for key, value in values.items()]


def _value(shape: Shape, place: _Placer) -> _Writer:
    if shape.kind == "structure":
        return _structure(shape, place)
    return _SCALARS.get(shape.kind, str)


def _timestamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_SCALARS: dict[str, _Writer] = {
    "blob": lambda blob: b64encode(blob).decode(),
    "boolean": lambda value: "true" if value else "false",
    "timestamp": _timestamp,
}
