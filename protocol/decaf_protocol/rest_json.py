"""REST-JSON, the way in: method, path, query, headers and body become the parameters of an operation.

Rule: the model says where each member is. Readers are compiled once per operation, those of the body by the same walk
as for the other protocols. Parts that no member is bound to are ignored.

Source: Smithy's documentation, "AWS restJson1 protocol" and "HTTP bindings"; botocore's models name the places.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any

import msgspec

from decaf_protocol.constraints import CollectedComplaints, checked, checked_whole, lower_first, raise_complaints
from decaf_protocol.json_values import SCALARS, json_array, json_members, json_object, parse, unexpected
from decaf_protocol.models import Operation, Place, Service, Shape
from decaf_protocol.rest_routes import Labels, Query, Route, Routes, read_query, route
from decaf_protocol.shapes import At, Reader, compile_reader
from decaf_protocol.timestamps import read_timestamp
from decaf_protocol.wire import AWSError, Params, Request

# Shapes whose values the operations check, since the service words that in its own way.
_CHECKED_LATER = {"lambda": frozenset({"Runtime"})}

_WHOLE_BITS = {"byte": 8, "short": 16, "integer": 32, "long": 64}
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_FLOAT = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?|NaN|-?Infinity")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,]*)', re.DOTALL)  # an element of a list in a header


class Parts(msgspec.Struct, frozen=True):
    """What members of an input are read from; `fixed` are names in the query that are the template's own."""

    labels: Labels
    query: Query
    headers: Mapping[str, str]
    body: bytes
    fixed: frozenset[str]


def find(service: Service, request: Request) -> tuple[Operation, Parts] | None:
    """Returns the operation that a request is for, and the parts of the request; None when there is none.

    Raises AWSError MalformedQueryString for a target that is no UTF-8.
    """
    uri, _, query_text = request.target.partition("?")
    query = read_query(query_text) if query_text else {}
    found = _routes(service).find(request.method, uri, query)
    if found is None:
        return None
    chosen, labels = found
    fixed = frozenset(name for name, _ in chosen.query)
    return service.operations[chosen.operation], Parts(labels, query, request.headers, request.body, fixed)


@cache
def _routes(service: Service) -> Routes:
    return Routes(_route(operation) for operation in service.operations.values())


def _route(operation: Operation) -> Route:
    return route(operation.name, operation.method, operation.uri)


def read(service: Service, operation: Operation, parts: Parts) -> Params:
    """Returns the parameters of an operation.

    Raises AWSError SerializationException, or ValidationException with all that the model forbids.
    """
    complaints: list[str] = []
    params: Params = {}
    try:
        for read_member in _readers(service, operation.name):
            read_member(parts, params, complaints)
    except RecursionError:
        raise AWSError("SerializationException", "The request body is nested too deeply") from None
    raise_complaints(complaints, "ValidationException")
    return params


_MemberReader = Callable[[Parts, Params, list[str]], None]


@cache
def _readers(service: Service, operation: str) -> tuple[_MemberReader, ...]:
    """Returns the readers of an input: of each member outside the body, of the payload, or of all in the body."""
    shape = service.operations[operation].input
    wire = _BodyWire(_CHECKED_LATER.get(service.name, frozenset()))
    in_body = [name for name, place in shape.places.items() if place.location == "body"]
    readers = [
        _outside(name, place, shape.members[name], name in shape.required, wire)
        for name, place in shape.places.items()
        if place.location != "body"
    ]
    if shape.payload is not None:
        readers.append(_payload(shape.payload, shape.members[shape.payload], shape.payload in shape.required, wire))
    elif in_body:
        readers.append(_body(shape, in_body, wire))
    return tuple(readers)


def _outside(member: str, place: Place, shape: Shape, required: bool, wire: _BodyWire) -> _MemberReader:
    source, reader = _SOURCES[place.location](place, shape), _text_reader(member, place, shape, wire)

    def read_member(parts: Parts, params: Params, complaints: list[str]) -> None:
        raw = source(parts)
        if raw is not None:
            params[member] = reader(raw, (), complaints)
        elif required:
            wire.missing(member, "", complaints)

    return read_member


def _payload(member: str, shape: Shape, required: bool, wire: _BodyWire) -> _MemberReader:
    """The body as a whole: bytes, a text, or the JSON of a structure. An empty body is an absent payload."""
    reader = compile_reader(shape, wire, member)

    def read_member(parts: Parts, params: Params, complaints: list[str]) -> None:
        body = parts.body
        if not body:
            if required:
                wire.missing(member, "", complaints)
        elif shape.kind == "blob":
            params[member] = bytes(body)
        elif shape.kind == "string":
            params[member] = reader(_utf8(body), (), complaints)
        else:
            params[member] = reader(parse(body), (), complaints)

    return read_member


def _body(shape: Shape, members: list[str], wire: _BodyWire) -> _MemberReader:
    """The members in the body, which is one JSON object; an empty body has none of them."""
    inner = Shape(
        shape.name,
        "structure",
        {name: shape.members[name] for name in members},
        tuple(name for name in shape.required if name in members),
        places=shape.places,
    )
    reader = compile_reader(inner, wire)

    def read_members(parts: Parts, params: Params, complaints: list[str]) -> None:
        params.update(reader(parse(parts.body) if parts.body else {}, (), complaints))

    return read_members


# Where the raw value of a member outside the body is: a text, a list of texts, or a map of either.
_Source = Callable[[Parts], Any]


def _label(place: Place, shape: Shape) -> _Source:
    return lambda parts: parts.labels.get(place.name)


def _query(place: Place, shape: Shape) -> _Source:
    if shape.kind == "list":
        return lambda parts: parts.query.get(place.name)
    if shape.kind == "map":  # "httpQueryParams trait": on a server it has all parameters
        several = shape.element is not None and shape.element.kind == "list"
        return lambda parts: (
            {name: values if several else values[0] for name, values in parts.query.items() if name not in parts.fixed}
            or None
        )
    return lambda parts: parts.query[place.name][0] if place.name in parts.query else None


def _header(place: Place, shape: Shape) -> _Source:
    name = place.name.lower()
    if shape.kind != "list":
        return lambda parts: parts.headers.get(name)
    element = shape.element
    is_dates = element is not None and element.kind == "timestamp" and element.timestamp in (None, "rfc822")
    split = _dates if is_dates else _elements
    return lambda parts: None if (text := parts.headers.get(name)) is None else split(text)


def _headers(place: Place, shape: Shape) -> _Source:
    prefix = place.name.lower()
    return lambda parts: (
        {
            name[len(prefix) :]: value
            for name, value in ((name.lower(), value) for name, value in parts.headers.items())
            if name.startswith(prefix)
        }
        or None
    )


_SOURCES: Mapping[str, Callable[[Place, Shape], _Source]] = {
    "uri": _label,
    "querystring": _query,
    "header": _header,
    "headers": _headers,
}


def _elements(text: str) -> list[str]:
    """Returns the elements of a list in a header, none of an empty one; an element with a comma in it is quoted."""
    found: list[str] = []
    at = 0 if text.strip() else len(text) + 1
    while at <= len(text):
        while text[at : at + 1] in (" ", "\t"):
            at += 1
        matched = _QUOTED.match(text, at)
        assert matched is not None
        quoted, plain = matched.groups()
        found.append(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted is not None else plain.strip())
        at = matched.end()
        comma = text.find(",", at)
        at = len(text) + 1 if comma < 0 else comma + 1
    return found


def _dates(text: str) -> list[str]:
    """Returns the dates of a list in a header: each has a comma of its own."""
    parts = text.split(",")
    return [",".join(parts[at : at + 2]).strip() for at in range(0, len(parts), 2)]


def _text_reader(member: str, place: Place, shape: Shape, wire: _BodyWire) -> Reader:
    """Returns a reader of what a source returns."""
    if shape.kind == "list" and shape.element is not None:
        inner = _text_reader("", place, shape.element, wire)
        return checked_whole(lambda raw, at, out: [inner(text, at, out) for text in raw], member, shape)
    if shape.kind == "map" and shape.element is not None:
        inner = _text_reader("", place, shape.element, wire)
        return checked_whole(lambda raw, at, out: {key: inner(raw[key], at, out) for key in raw}, member, shape)
    if shape.jsonvalue:
        decode = _base64 if place.location == "header" else str.encode
        return lambda raw, at, out: parse(decode(raw))
    parse_text = _text_parser(place, shape)
    reader: Reader = lambda raw, at, out: parse_text(raw)  # noqa: E731
    return checked(reader, member, shape) if wire.checks(member, shape) else reader


def _text_parser(place: Place, shape: Shape) -> Callable[[str], Any]:
    kind = shape.kind
    if kind == "timestamp":
        usual = "rfc822" if place.location in ("header", "headers") else "iso8601"
        return partial(_timestamp, form=shape.timestamp or usual)
    if kind in _WHOLE_BITS:
        return partial(_integer, bits=_WHOLE_BITS[kind], kind=kind.capitalize())
    return {"boolean": _boolean, "float": _float, "double": _float, "blob": _base64}.get(kind, str)


def _integer(text: str, bits: int, kind: str) -> int:
    if _WHOLE.fullmatch(text) is not None and -(1 << bits - 1) <= int(text) < 1 << bits - 1:
        return int(text)
    raise unexpected(text, kind)


def _boolean(text: str) -> bool:
    if text in ("true", "false"):
        return text == "true"
    raise unexpected(text, "Boolean")


def _float(text: str) -> float:
    if _FLOAT.fullmatch(text) is not None:
        return float(text)
    raise unexpected(text, "Double")


def _timestamp(text: str, form: str) -> float:
    try:
        return read_timestamp(text, form)
    except (ValueError, OverflowError):
        raise unexpected(text, "Timestamp") from None


def _base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise AWSError("SerializationException", "Invalid base64 encoding of a binary value") from None


def _utf8(body: bytes) -> str:
    try:
        return bytes(body).decode()
    except UnicodeDecodeError:
        raise AWSError("SerializationException", "The request body is not UTF-8") from None


class _BodyWire(msgspec.Struct, CollectedComplaints, frozen=True):
    """How the JSON body writes input, and what is checked; `unchecked` are names of shapes."""

    unchecked: frozenset[str]

    def members(self, shape: Shape, readers: Mapping[str, Reader]) -> Reader:
        members = {place.name: member for member, place in shape.places.items() if place.location == "body"}

        def fields(raw: Any) -> Iterable[tuple[str, Any]]:
            entries = [(members.get(name, ""), value) for name, value in json_object(raw)]
            if shape.union and sum(value is not None for member, value in entries if member) != 1:
                raise AWSError("SerializationException", "A union has exactly one member")
            return entries

        return json_members(readers, fields)

    def items(self, member: str, shape: Shape) -> Callable[[Any], Iterable[Any]]:
        return json_array

    def entries(self, member: str, shape: Shape) -> Callable[[Any], Iterable[tuple[str, Any]]]:
        return json_object

    def scalar(self, member: str, shape: Shape) -> Reader:
        reader = _timestamps(shape) if shape.kind == "timestamp" else SCALARS.get(shape.kind, _anything)
        return checked(reader, member, shape) if self.checks(member, shape) else reader

    def checks(self, member: str, shape: Shape) -> bool:
        """Returns whether a scalar is checked by itself: those in a list or map are checked with the whole."""
        return bool(member) and shape.name not in self.unchecked and not shape.document

    def whole(self, reader: Reader, member: str, shape: Shape) -> Reader:
        if shape.kind != "structure":
            return checked_whole(reader, member, shape)
        return _within(member, reader) if member else reader


def _within(member: str, reader: Reader) -> Reader:
    """Returns the reader of a structure that is a member: errors name its own members after it."""

    def write(above: str, which: str) -> str:
        return f"{above}{lower_first(which)}."

    return lambda raw, at, complaints: reader(raw, (at, member, write), complaints)


def _timestamps(shape: Shape) -> Reader:
    """Returns the reader of a timestamp in the body: a number, unless the model says otherwise."""
    form = shape.timestamp or "unixtimestamp"

    def read(raw: Any, at: At, complaints: list[str]) -> float:
        if form == "unixtimestamp" and type(raw) in (int, float):
            return float(raw)
        if form != "unixtimestamp" and type(raw) is str:
            return _timestamp(raw, form)
        raise unexpected(raw, "Timestamp")

    return read


def _anything(raw: Any, at: At, complaints: list[str]) -> Any:
    return raw
