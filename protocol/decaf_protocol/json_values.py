"""Values in the JSON of a request, read as AWS's services read them.

Rule: a value of the wrong type is a SerializationException, as is a body that is no JSON in UTF-8; nothing is
converted.

Texts of SerializationException as AWS answers them ("STRING_VALUE can not be converted to an Integer").
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Mapping
from types import GenericAlias
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec

from decaf_protocol.models import Shape
from decaf_protocol.shapes import At, Reader
from decaf_protocol.wire import AWSError


def parse(body: bytes) -> Any:
    """Returns the JSON value in a body. Raises AWSError SerializationException for anything else."""
    try:
        return _decode(body)
    except NOT_DECODED:
        raise AWSError("SerializationException", "Unable to parse the request body as JSON") from None


_decode = msgspec.json.Decoder().decode

# bad JSON, or a value of another type; bad UTF-8, half a surrogate pair; too deep
NOT_DECODED = (msgspec.MsgspecError, ValueError, RecursionError)


def decoded_as(shape: Shape, required: Callable[[Shape], Collection[str]]) -> Any:
    """Returns the type by which msgspec decodes a shape, which does not contain itself, to what its reader returns.

    It is narrower than the reader: it has no null, and `required` returns the members without which there is no value.
    """
    if shape.kind == "structure":
        needed = required(shape)
        members = {name: decoded_as(inner, required) for name, inner in shape.members.items()}
        structure: Any = TypedDict
        return structure(shape.name, {name: t if name in needed else NotRequired[t] for name, t in members.items()})
    if shape.element is None:
        return _DECODED_AS[shape.kind]
    element = decoded_as(shape.element, required)
    return GenericAlias(list, element) if shape.kind == "list" else GenericAlias(dict, (str, element))


def _of_bits(bits: int) -> Any:
    return Annotated[int, msgspec.Meta(ge=-(1 << bits - 1), le=(1 << bits - 1) - 1)]


_DECODED_AS: dict[str, Any] = {
    "string": str,
    "integer": _of_bits(32),
    "long": _of_bits(64),
    "boolean": bool,
    "blob": bytes,
}


def json_object(raw: Any) -> Iterable[tuple[str, Any]]:
    """Returns the entries of an object. Raises AWSError SerializationException for another value."""
    if type(raw) is dict:
        return raw.items()
    raise unexpected(raw, "Structure or Map")


def json_members(
    readers: Mapping[str, Reader], fields: Callable[[Any], Iterable[tuple[str, Any]]] = json_object
) -> Reader:
    """Returns a reader of an object's members, of which `fields` returns names and values; null is absent."""

    def read(raw: Any, at: At, complaints: list[str]) -> dict[str, Any]:
        return {
            name: reader(value, at, complaints)
            for name, value in fields(raw)
            if value is not None and (reader := readers.get(name)) is not None
        }

    return read


def json_array(raw: Any) -> list[Any]:
    """Returns the elements of an array. Raises AWSError SerializationException for another value."""
    if type(raw) is list:
        return raw
    raise unexpected(raw, "List")


def _string(raw: Any, at: At, complaints: list[str]) -> str:
    if type(raw) is str:
        return raw
    raise unexpected(raw, "String")


def _boolean(raw: Any, at: At, complaints: list[str]) -> bool:
    if type(raw) is bool:
        return raw
    raise unexpected(raw, "Boolean")


def _blob(raw: Any, at: At, complaints: list[str]) -> bytes:
    if type(raw) is not str:
        raise unexpected(raw, "ByteBuffer")
    try:
        return b64decode(raw, validate=True)
    except ValueError:
        raise AWSError("SerializationException", "Invalid base64 encoding of a binary value") from None


def _whole(bits: int, kind: str) -> Reader:
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1

    def read(raw: Any, at: At, complaints: list[str]) -> int:
        if type(raw) is int and low <= raw <= high:
            return raw
        raise unexpected(raw, kind)

    return read


def _float(raw: Any, at: At, complaints: list[str]) -> float:
    if type(raw) in (int, float):
        return float(raw)
    if raw in ("NaN", "Infinity", "-Infinity"):  # "AWS restJson1 protocol": JSON has no numbers for these
        return float(raw)
    raise unexpected(raw, "Double")


SCALARS: dict[str, Reader] = {
    "string": _string,
    "byte": _whole(8, "Byte"),
    "short": _whole(16, "Short"),
    "integer": _whole(32, "Integer"),
    "long": _whole(64, "Long"),
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "blob": _blob,
}


def unexpected(raw: Any, wanted: str) -> AWSError:
    """Returns the error for a JSON value where one of the type `wanted` was expected."""
    if isinstance(raw, (list, dict)):
        found = "list" if isinstance(raw, list) else "structure or map"
        return AWSError("SerializationException", f"Start of {found} found where not expected")
    article = "an" if wanted[0] in "AEIOU" else "a"
    return AWSError("SerializationException", f"{_token(raw)} can not be converted to {article} {wanted}")


def _token(raw: Any) -> str:
    if isinstance(raw, bool):
        return "TRUE_VALUE" if raw else "FALSE_VALUE"
    if raw is None:
        return "NULL_VALUE"
    return "STRING_VALUE" if isinstance(raw, str) else "NUMBER_VALUE"
