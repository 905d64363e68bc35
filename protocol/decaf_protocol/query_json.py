"""Query answered in JSON, for clients that send a form and accept `application/json`.

Rule: the XML document's structure in JSON, absent members null. SQS departs from it: `queueUrls` and `messages`
begin with a small letter, its maps are lists of Name and Value (tags: Key and Value), its empty lists are null.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from decaf_protocol import sqs_query, xml
from decaf_protocol.errors import described
from decaf_protocol.json10 import dumps
from decaf_protocol.models import Shape, service
from decaf_protocol.wire import AWSError, Reply, Result

CONTENT_TYPE = ("Content-Type", "application/json")
_RENAMED = {"Messages": "messages", "QueueUrls": "queueUrls"}

_Writer = Callable[[Any], Any]


def result_reply(service_name: str, operation: str, result: Result, request_id: str) -> Reply:
    """Returns `{"OpResponse": {"OpResult": ..., "ResponseMetadata": {"RequestId": ...}}}`."""
    content: dict[str, Any] = {}
    if (writer := _writer(service_name, operation)) is not None:
        content[f"{operation}Result"] = writer(result)
    content["ResponseMetadata"] = {"RequestId": request_id}
    return _reply(200, {f"{operation}Response": content}, request_id)


def error_reply(service_name: str, error: AWSError, request_id: str) -> Reply:
    """Returns `{"Error": {"Type": ..., "Code": ..., "Message": ...}, "RequestId": ...}`."""
    if error.shape == "UnknownOperationException":  # a GET without an action: XML whatever Accept says (recorded)
        return xml.error_reply(service_name, error, request_id)
    status, words = described(service_name, error)
    return _reply(status, {"Error": words, "RequestId": request_id}, request_id)


def _reply(status: int, document: dict[str, Any], request_id: str) -> Reply:
    return Reply(status, (CONTENT_TYPE, ("x-amzn-RequestId", request_id)), dumps(document))


@cache
def _writer(service_name: str, operation: str) -> _Writer | None:
    shape = service(service_name).operations[operation].output
    return None if shape is None else _compile(shape, service_name == "sqs")


def _compile(shape: Shape, sqs: bool) -> _Writer:
    if shape.kind == "structure":
        members = [
            (name, _RENAMED.get(name, name) if sqs else name, _compile(inner, sqs))
            for name, inner in shape.members.items()
        ]
        return lambda value: {
            shown: None if (inner := value.get(name)) is None else write(inner) for name, shown, write in members
        }
    if shape.kind == "list" and shape.element is not None:
        element = _compile(shape.element, sqs)
        return lambda values: [element(value) for value in values] or (None if sqs else [])
    if shape.kind == "map" and shape.element is not None:
        inner = _compile(shape.element, sqs)
        if not sqs:
            return lambda values: {key: inner(value) for key, value in values.items()}
        key_name, value_name = sqs_query.entry_parts(shape)
        return lambda values: [{key_name: key, value_name: inner(value)} for key, value in values.items()] or None
    return lambda value: value


def with_members(shape: Shape, written: Any, sqs: bool) -> Any:
    """Returns what a writer has written, with the model's member names, and maps as maps."""
    if written is None:
        return None
    if shape.kind == "structure":
        shown = {name: _RENAMED.get(name, name) if sqs else name for name in shape.members}
        found = {name: with_members(inner, written.get(shown[name]), sqs) for name, inner in shape.members.items()}
        return {name: value for name, value in found.items() if value is not None}
    inner = shape.element
    if shape.kind == "list" and inner is not None:
        return [with_members(inner, value, sqs) for value in written]
    if shape.kind == "map" and inner is not None:
        key_name, value_name = sqs_query.entry_parts(shape)
        pairs = [(each[key_name], each[value_name]) for each in written] if sqs else written.items()
        return {key: with_members(inner, value, sqs) for key, value in pairs}
    return written
