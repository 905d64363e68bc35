"""REST-JSON, the way out: a result or an error becomes status, headers and body.

Rule: what is absent from a result is not written; None is written as null in the body, and nowhere else. Writers are
compiled once per operation.

Source: Smithy's documentation, "AWS restJson1 protocol"; recorded answers of Lambda for its errors.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from decaf_protocol.errors import rest_trait
from decaf_protocol.json10 import dumps
from decaf_protocol.models import Operation, Service, Shape
from decaf_protocol.timestamps import number, write_timestamp
from decaf_protocol.wire import AWSError, Reply, Result

_JSON = "application/json"
# "Invoke" of Lambda, in recorded answers: its payload is the function's JSON.
_BLOB_TYPES = {"lambda": _JSON}

_Writer = Callable[[Any], Any]  # a value -> what JSON, or a text, has for it
_BodyWriter = Callable[[Result], tuple[str, bytes]]  # a result -> the content type, and the body


def result_reply(service: Service, operation: Operation, result: Result, request_id: str) -> Reply:
    """Returns the response of an operation; a member in the status or the headers is there, the rest in the body."""
    status, body, headers = operation.status, b"", [("x-amzn-RequestId", request_id)]
    output = operation.output
    if output is not None:
        headers += _headers(output, result)
        status = next(
            (
                result[name]
                for name, place in output.places.items()
                if place.location == "statusCode" and name in result
            ),
            status,
        )
        if status != 204:
            kind, body = _body_writer(service, operation.name)(result)
            if not any(name.lower() == "content-type" for name, _ in headers):
                headers.append(("Content-Type", kind))
    return Reply(status, tuple(headers), body)


def error_reply(service: Service, error: AWSError, request_id: str) -> Reply:
    """Returns the error: its name in x-amzn-ErrorType, its members in the body and the headers, as the model has it."""
    trait, shape = rest_trait(service, error.shape), service.error_shapes.get(error.shape)
    headers = [
        ("Content-Type", _JSON),
        ("x-amzn-RequestId", request_id),
        ("x-amzn-ErrorType", _printable(error.shape)),
    ]
    if shape is None:
        text = "Message" if error.shape.startswith("AccessDenied") else "message"
        return Reply(trait.status, tuple(headers), dumps({text: error.message, **error.details}))
    named = "Message" if "Message" in shape.members else "message"
    result = {named: error.message, **error.details}
    if "Type" in shape.members:
        result = {"Type": "User" if trait.sender else "Service", **result}
    headers += _headers(shape, result)
    known = {name: value for name, value in result.items() if name in shape.members and _is_in_body(shape, name)}
    others = {name: value for name, value in result.items() if name not in shape.members}
    return Reply(trait.status, tuple(headers), dumps({**others, **_writer(shape)(known)}))


def _is_in_body(shape: Shape, member: str) -> bool:
    return shape.places[member].location == "body"


def _headers(shape: Shape, result: Result) -> list[tuple[str, str]]:
    """Returns the headers of a result: one for each member that is one, and for each entry of a map with a prefix."""
    headers = []
    for member, place in shape.places.items():
        value, inner = result.get(member), shape.members[member]
        if value is None or place.location not in ("header", "headers"):
            continue
        if place.location == "headers":
            headers += [(place.name + name, _printable(text)) for name, text in value.items()]
        elif inner.kind != "list":
            headers.append((place.name, _printable(_text(inner, value))))
        elif inner.element is not None:
            texts = [_quoted(_text(inner.element, each), inner.element) for each in value]
            headers.append((place.name, _printable(", ".join(texts))))
    return headers


def _quoted(text: str, shape: Shape) -> str:
    """Returns an element of a list in a header; one with a comma is quoted, but for a date's own."""
    if shape.kind == "timestamp" or not ("," in text or '"' in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(shape: Shape, value: Any) -> str:
    """Returns a scalar as a header has it."""
    if shape.jsonvalue:
        return b64encode(dumps(value)).decode()
    if shape.kind == "timestamp":
        return write_timestamp(value, shape.timestamp or "rfc822")
    if shape.kind == "boolean":
        return "true" if value else "false"
    if shape.kind == "blob":
        return b64encode(value).decode()
    return str(_special(value)) if shape.kind in ("float", "double") else str(value)


def _printable(text: str) -> str:
    """Returns text without what no header can have: each such character becomes a question mark."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in text)


@cache
def _body_writer(service: Service, operation: str) -> _BodyWriter:
    shape = service.operations[operation].output
    assert shape is not None
    if shape.payload is None:
        return _members_writer(shape)
    name, inner = shape.payload, shape.members[shape.payload]
    if inner.kind == "blob":
        kind = _BLOB_TYPES.get(service.name, "application/octet-stream")
        return lambda result: (kind, result.get(name) or b"")
    if inner.kind == "string":
        return lambda result: ("text/plain", (result.get(name) or "").encode("utf-8", "replace"))
    write = _writer(inner)
    return lambda result: (_JSON, b"" if result.get(name) is None else dumps(write(result[name])))


def _members_writer(shape: Shape) -> _BodyWriter:
    """The members in the body: an empty object where all are elsewhere."""
    inside = frozenset(member for member in shape.members if _is_in_body(shape, member))
    write = _writer(shape)
    return lambda result: (_JSON, dumps(write({name: value for name, value in result.items() if name in inside})))


def _writer(shape: Shape, within: tuple[Shape, ...] = ()) -> _Writer:
    """Returns a writer of a value in JSON."""
    if shape.document or shape.kind in ("string", "blob", "boolean", "byte", "short", "integer", "long"):
        return _as_is
    if shape.kind == "timestamp":
        form = shape.timestamp or "unixtimestamp"
        return _nullable(number if form == "unixtimestamp" else lambda value: write_timestamp(value, form))
    if shape.kind == "list" and shape.element is not None:
        write = _writer(shape.element, within)
        return _nullable(lambda values: [write(value) for value in values])
    if shape.kind == "map" and shape.element is not None:
        write = _writer(shape.element, within)
        return _nullable(lambda values: {key: write(value) for key, value in values.items()})
    if shape.kind == "structure":
        return _again(shape) if any(outer is shape for outer in within) else _structure(shape, (*within, shape))
    return _special


def _structure(shape: Shape, within: tuple[Shape, ...]) -> _Writer:
    writers = {name: (shape.places[name].name, _writer(inner, within)) for name, inner in shape.members.items()}

    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        written = {}
        for name, inner in value.items():
            shown, writer = writers[name]
            written[shown] = writer(inner)
        return written

    return _nullable(write)


def _again(shape: Shape) -> _Writer:
    """Returns a writer of a structure within itself: it is compiled when a value is as deep."""

    @cache
    def writer() -> _Writer:
        return _writer(shape)

    return lambda value: writer()(value)


def _nullable(write: _Writer) -> _Writer:
    return lambda value: None if value is None else write(value)


def _as_is(value: Any) -> Any:
    return value


def _special(value: Any) -> Any:
    """Returns a number, or the text for one that JSON has none for."""
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
