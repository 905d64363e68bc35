"""The constraints of a model on values, and the texts with which AWS reports violations.

Rule: violations are collected, not raised one by one: AWS reports all of a request's in one error.

Source: the models' min, max, pattern and enum; texts as AWS services answer them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from decaf_protocol.models import Shape
from decaf_protocol.shapes import At, Reader, path
from decaf_protocol.wire import AWSError

# whether a value is allowed, and AWS's words for the constraint
_Check = tuple[Callable[[Any], bool], str]


def lower_first(member: str) -> str:
    """Returns a member's name as AWS reports it: topicArn for TopicArn."""
    return member[:1].lower() + member[1:]


def violation(shown: str, at: str, member: str, constraint: str) -> str:
    """Returns AWS's text for a value that breaks a constraint; `member` is "" for an element, which `at` names."""
    where = f"{at}{lower_first(member)}".removesuffix(".")
    must = constraint if constraint.startswith("Map ") else f"Member must {constraint}"
    return f"{shown} at '{where}' failed to satisfy constraint: {must}"


class CollectedComplaints:
    """The part of a Wire by which what is missing is a violation like any other, and elements are named as AWS does."""

    __slots__ = ()

    def required(self, shape: Shape) -> tuple[str, ...]:
        return shape.required

    def missing(self, member: str, at: str, complaints: list[str]) -> Any:
        complaints.append(violation("Value null", at, member, "not be null"))

    def element_path(self, member: str, shape: Shape, at: str, which: int | str) -> str:
        return f"{at}{lower_first(member)}.{which}.member."


def raise_complaints(complaints: list[str], shape: str = "ValidationError") -> None:
    """Raises AWSError `shape` with all complaints, if there are any."""
    if complaints:
        count = f"{len(complaints)} validation error{'s' if len(complaints) > 1 else ''} detected: "
        raise AWSError(shape, count + "; ".join(complaints))


def constrained(shape: Shape) -> bool:
    """Returns whether the model forbids some values of a scalar."""
    return any(True for _ in _checks(shape))


def checked(reader: Reader, member: str, shape: Shape) -> Reader:
    """Returns `reader` followed by the checks of the scalar's shape; the reader itself where there are none."""
    if not constrained(shape):
        return reader
    checks = list(_checks(shape))

    def read(raw: Any, at: At, complaints: list[str]) -> Any:
        before = len(complaints)
        value = reader(raw, at, complaints)
        if len(complaints) == before:
            shown = "Value" if shape.sensitive else f"Value '{value}'"
            complaints += [
                violation(shown, path(at), member, constraint) for allows, constraint in checks if not allows(value)
            ]
        return value

    return read


def checked_whole(reader: Reader, member: str, shape: Shape) -> Reader:
    """Returns the `reader` of a list or map, followed by the checks of its length and of the scalars in it.

    The scalars of a list are reported together, as REST services do; so are the keys of a map, and its values.
    """
    checks = list(_checks(shape)) if shape.kind in ("list", "map") else []
    checks += [check for part in _parts(shape) for check in _check_of_parts(*part)]
    if not checks:
        return reader
    is_secret = any(part.sensitive for part in (shape, shape.key, shape.element) if part is not None)

    def read(raw: Any, at: At, complaints: list[str]) -> Any:
        value = reader(raw, at, complaints)
        shown = "Value" if is_secret else f"Value '{_shown(value)}'"
        complaints += [
            violation(shown, path(at), member, constraint) for allows, constraint in checks if not allows(value)
        ]
        return value

    return read


# what is in a list or map, AWS's words for the constraint on it, and the shape of each
_Part = tuple[Callable[[Any], Iterable[Any]], str, Shape]


def _parts(shape: Shape) -> Iterable[_Part]:
    if shape.kind == "list" and shape.element is not None and shape.element.scalar:
        yield iter, "satisfy constraint", shape.element
    if shape.kind == "map" and shape.key is not None:
        yield dict.keys, "Map keys must satisfy constraint", shape.key
    if shape.kind == "map" and shape.element is not None and shape.element.scalar:
        yield dict.values, "Map value must satisfy constraint", shape.element


def _check_of_parts(parts: Callable[[Any], Iterable[Any]], words: str, shape: Shape) -> Iterable[_Check]:
    checks = list(_checks(shape))
    if checks:
        constraints = ", ".join([*(f"Member must {constraint}" for _, constraint in checks), "Member must not be null"])
        yield (
            lambda value: all(allows(part) for part in parts(value) for allows, _ in checks),
            f"{words}: [{constraints}]",
        )


def _shown(value: Any) -> str:
    """Returns a value as Java writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_shown(inner)}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(map(_shown, value)) + "]" if isinstance(value, list) else str(value)


def _checks(shape: Shape) -> Iterable[_Check]:
    number = shape.kind in ("integer", "long", "float", "double")
    measure, quantity = (float, "value") if number else (len, "length")
    low, high = shape.minimum, shape.maximum
    if high is not None:
        yield lambda value: measure(value) <= high, f"have {quantity} less than or equal to {high}"
    if low is not None:
        yield lambda value: measure(value) >= low, f"have {quantity} greater than or equal to {low}"
    if shape.pattern is not None and (pattern := _compiled(shape.pattern)) is not None:
        matches = pattern.fullmatch
        yield lambda value: bool(matches(value)), f"satisfy regular expression pattern: {shape.pattern}"
    if shape.enum:
        allowed = frozenset(shape.enum)
        yield allowed.__contains__, f"satisfy enum value set: [{', '.join(shape.enum)}]"


def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Returns a pattern of a model, None for one with what Python's patterns lack, such as the class `p{L}`.

    `d` and the like are ASCII's alone, as in Java.
    """
    try:
        return re.compile(pattern, re.ASCII)
    except re.error:
        return None
