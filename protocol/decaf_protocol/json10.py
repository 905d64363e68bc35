"""AWS JSON 1.0, requests and responses: the protocol of SQS since 2023.

Rule: the body is one JSON object with the model's member names; null is absent. A value of the wrong type is
a SerializationException, as is a body that is no JSON object in UTF-8. Responses omit empty lists and maps.

Texts of SerializationException as AWS answers them ("STRING_VALUE can not be converted to an Integer").
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import msgspec

from decaf_protocol import sqs_query
from decaf_protocol.errors import error_trait, modelled
from decaf_protocol.json_values import NOT_DECODED, SCALARS, decoded_as, json_array, json_members, json_object, parse
from decaf_protocol.models import Shape, service
from decaf_protocol.shapes import Reader, compile_reader
from decaf_protocol.wire import AWSError, Params, Reply, Result

CONTENT_TYPE = ("Content-Type", "application/x-amz-json-1.0")


def read_body(operation: str, body: bytes, queue_path: str) -> Params:
    """Returns the parameters of an SQS operation.

    `queue_path` is the path of the request, "" for the root; it names the queue when the body does not.
    Raises AWSError SerializationException or MissingRequiredParameterException.
    """
    params: Params
    try:
        params = _decoder(operation)(body.decode())  # as text, since bytes that it skips would not have to be UTF-8
        return params
    except NOT_DECODED:  # the reader accepts more, such as null, and has AWS's errors
        raw = parse(body) if body else {}
    if queue_path and type(raw) is dict and raw.get("QueueUrl") is None:
        raw["QueueUrl"] = queue_path
    params = _reader(operation)(raw, (), [])
    return params


@cache
def _decoder(operation: str) -> Callable[[str], Any]:
    """Returns a decoder of what most bodies are: an object with all that is required, each value of its type."""
    return msgspec.json.Decoder(decoded_as(service("sqs").operations[operation].input, sqs_query.required)).decode


@cache
def _reader(operation: str) -> Reader:
    return compile_reader(service("sqs").operations[operation].input, _JSONWire())


class _JSONWire:
    """How JSON writes input."""

    def members(self, shape: Shape, readers: Mapping[str, Reader]) -> Reader:
        return json_members(readers)

    def items(self, member: str, shape: Shape) -> Callable[[Any], Iterable[Any]]:
        return json_array

    def entries(self, member: str, shape: Shape) -> Callable[[Any], Iterable[tuple[str, Any]]]:
        return json_object

    def scalar(self, member: str, shape: Shape) -> Reader:
        return SCALARS[shape.kind]

    def required(self, shape: Shape) -> tuple[str, ...]:
        return sqs_query.required(shape)

    def missing(self, member: str, at: str, complaints: list[str]) -> Any:
        if member == "QueueUrl":  # recorded answers over JSON
            raise AWSError("QueueDoesNotExist", "The specified queue does not exist.")
        return sqs_query.missing(member, at)

    def element_path(self, member: str, shape: Shape, at: str, which: int | str) -> str:
        return sqs_query.element_path(member, shape, at, which)

    def whole(self, reader: Reader, member: str, shape: Shape) -> Reader:
        return reader


def result_reply(operation: str, result: Result, request_id: str) -> Reply:
    """Returns the response of an operation; the body is empty when the operation has no output."""
    return Reply(200, (CONTENT_TYPE, ("x-amzn-RequestId", request_id)), _writer(operation)(result))


def error_reply(service_name: str, error: AWSError, request_id: str) -> Reply:
    """Returns the error as JSON, with its query code in x-amzn-query-error."""
    known = error_trait(service_name, error.shape)
    space = f"com.amazonaws.{service_name}" if modelled(service_name, error.shape) else "com.amazon.coral.service"
    headers = (
        CONTENT_TYPE,
        ("x-amzn-RequestId", request_id),
        ("x-amzn-query-error", f"{known.code};{'Sender' if known.sender else 'Receiver'}"),
    )
    text = "Message" if known.code == "AccessDenied" else "message"  # with a capital: recorded
    return Reply(known.status, headers, dumps({"__type": f"{space}#{error.shape}", text: error.message}))


def dumps(value: Any) -> bytes:
    """Returns compact JSON in UTF-8, with blobs in base64, and lone surrogates as escapes."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(value)
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


_encode = msgspec.json.Encoder().encode


@cache
def _writer(operation: str) -> Callable[[Any], bytes]:
    shape = service("sqs").operations[operation].output
    if shape is None:
        return lambda result: b""
    write = _compile_writer(shape)
    return dumps if write is _as_is else lambda result: dumps(write(result))


def _compile_writer(shape: Shape) -> Callable[[Any], Any]:
    """Returns a writer that omits empty lists and maps on every level; a shape without any is written as it is."""
    if shape.kind == "list" and shape.element is not None and not _flat(shape.element):
        write = _compile_writer(shape.element)
        return lambda values: [write(value) for value in values]
    if shape.kind == "map" and shape.element is not None and not _flat(shape.element):
        write_value = _compile_writer(shape.element)
        return lambda values: {key: write_value(value) for key, value in values.items()}
    if shape.kind != "structure" or _flat(shape):
        return _as_is
    writers = {name: _compile_writer(inner) for name, inner in shape.members.items()}
    may_be_empty = frozenset(name for name, inner in shape.members.items() if not inner.scalar)

    def without_empty(value: dict[str, Any]) -> dict[str, Any]:
        if may_be_empty.isdisjoint(value):
            return value
        return {name: writers[name](inner) for name, inner in value.items() if inner or name not in may_be_empty}

    return without_empty


def _flat(shape: Shape) -> bool:
    return all(inner.scalar for inner in shape.members.values())


def _as_is(value: Any) -> Any:
    return value
