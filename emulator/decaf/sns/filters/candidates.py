"""The fields of a published message that filter policies are matched with, read at most once for all policies.

A field is a path (an attribute's name, or the keys down to a leaf of the body joined by dots) with its values; the
elements of an array are values of one field. Rule: a value that cannot be compared (Binary, a malformed String.Array,
text without the escapes of JSON) counts as absent. Source: SNS Developer Guide, "Filter policy constraints".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NoReturn

import msgspec

Attributes = Mapping[str, Mapping[str, Any]]  # name -> MessageAttributeValue

DECIMALS = 5  # digits after the decimal point that count when numbers are compared


class Word(Enum):
    """The values of JSON that are neither strings nor numbers. Python's True and False would equal 1 and 0."""

    TRUE = "true"
    FALSE = "false"
    NULL = "null"


Value = str | int | float | Word
Place = tuple[tuple[int, int], ...]  # the (array, index) pairs of the elements around a value, outermost first

_WORDS = {True: Word.TRUE, False: Word.FALSE, None: Word.NULL}


class Fields(msgspec.Struct, frozen=True):
    """The values of each path. `places` has one entry per value; it is empty if no array of the body has objects."""

    values: dict[str, tuple[Value, ...]]
    places: dict[str, tuple[Place, ...]] = {}


class Candidates:
    """The fields of one message: `message` is its text, `attributes` are its message attributes."""

    __slots__ = ("_attribute_fields", "_attributes", "_body_fields", "_message")

    def __init__(self, message: str, attributes: Attributes | None = None) -> None:
        self._message = message
        self._attributes = attributes or {}
        self._attribute_fields: Fields | None = None
        self._body_fields: Fields | None = None

    @property
    def attribute_fields(self) -> Fields | None:
        """The fields of the attributes; None for a message without any, which no policy on attributes matches."""
        if self._attribute_fields is None and self._attributes:
            self._attribute_fields = Fields(_attribute_values(self._attributes))
        return self._attribute_fields

    @property
    def body_fields(self) -> Fields | None:
        """The fields of the body; None unless it is a JSON object: then no policy on bodies matches."""
        if self._body_fields is None and self._message.lstrip()[:1] == "{":
            self._body_fields = _read_body(self._message)
        return self._body_fields


def comparable(value: Any) -> Value:
    """Returns a JSON scalar (str, int, float, bool, None) in the form to compare and hash it by."""
    kind = type(value)
    if kind is str or kind is int:
        return value  # type: ignore[no-any-return]
    return round(value, DECIMALS) if kind is float else _WORDS[value]


def _attribute_values(attributes: Attributes) -> dict[str, tuple[Value, ...]]:
    found = {}
    for name, attribute in attributes.items():
        values = _values(attribute.get("DataType", ""), attribute.get("StringValue", ""))
        if values:
            found[name] = values
    return found


def _values(data_type: str, text: str) -> tuple[Value, ...]:
    kind, _, label = data_type.partition(".")
    if kind == "String" and label != "Array":
        return _parse(f'"{text}"') if '"' in text or "\\" in text else (text,)
    if kind == "Number" and label != "Array":
        return _number(text)
    return _parse(text) if kind in ("String", "Number") else ()


def _number(text: str) -> tuple[Value, ...]:
    try:
        number = float(text)
    except ValueError:
        return ()
    if not math.isfinite(number):
        return ()
    return (int(text) if text.isdecimal() else comparable(number),)


def _parse(text: str) -> tuple[Value, ...]:
    try:
        value = json.loads(text, parse_constant=_not_json, strict=False)
        return tuple(map(comparable, value if isinstance(value, list) else [value]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()


def _not_json(word: str) -> NoReturn:
    raise ValueError(word)


def _read_body(message: str) -> Fields | None:
    try:
        body = json.loads(message, parse_constant=_not_json)
        found = _Walk()
        found.object(body, "", ())
    except (ValueError, RecursionError):
        return None
    values = {path: tuple(values) for path, values in found.values.items()}
    return Fields(values, {path: tuple(places) for path, places in found.places.items()} if found.in_array else {})


@dataclass(slots=True)
class _Walk:
    """A walk through a body that collects the path, value and place of each leaf.

    `in_array` is whether some object lies in an array: one is enough to need the places.
    """

    values: dict[str, list[Value]] = field(default_factory=dict)
    places: dict[str, list[Place]] = field(default_factory=dict)
    arrays: int = 0
    in_array: bool = False

    def object(self, node: dict[str, Any], prefix: str, place: Place) -> None:
        for key, value in node.items():
            self._node(value, prefix + key, place)

    def _node(self, value: Any, path: str, place: Place) -> None:
        if isinstance(value, dict):
            self.in_array = self.in_array or bool(place)
            self.object(value, path + ".", place)
        elif isinstance(value, list):
            self._array(value, path, place)
        else:
            self.values.setdefault(path, []).append(comparable(value))
            self.places.setdefault(path, []).append(place)

    def _array(self, elements: list[Any], path: str, place: Place) -> None:
        self.arrays += 1
        number = self.arrays
        for index, element in enumerate(elements):
            inner = (*place, (number, index)) if isinstance(element, dict | list) else place
            self._node(element, path, inner)
