"""The constraints of a model on values, and the texts with which AWS reports violations.

Rule: violations are collected, not raised one by one: AWS reports all of a request's in one ValidationError.

Source: the models' min, max, pattern and enum; texts as AWS services answer them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
    return f"{shown} at '{where}' failed to satisfy constraint: Member must {constraint}"


_IN_JAVA = r"\p{"  # a class that Python's patterns lack; only tags in STS have it, which no operation here takes


def raise_complaints(complaints: list[str]) -> None:
    """Raises AWSError ValidationError with all complaints, if there are any."""
    if complaints:
        count = f"{len(complaints)} validation error{'s' if len(complaints) > 1 else ''} detected: "
        raise AWSError("ValidationError", count + "; ".join(complaints))


def checked(reader: Reader, member: str, shape: Shape) -> Reader:
    """Returns `reader` followed by the checks of the scalar's shape; the reader itself where there are none."""
    checks = list(_checks(shape))
    if not checks:
        return reader

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


def _checks(shape: Shape) -> list[_Check]:
    checks: list[_Check] = []
    number = shape.kind in ("integer", "long")
    measure, quantity = (int, "value") if number else (len, "length")
    low, high = shape.minimum, shape.maximum
    if high is not None:
        checks.append((lambda value: measure(value) <= high, f"have {quantity} less than or equal to {high}"))
    if low is not None:
        checks.append((lambda value: measure(value) >= low, f"have {quantity} greater than or equal to {low}"))
    if shape.pattern is not None and _IN_JAVA not in shape.pattern:
        matches = re.compile(shape.pattern).fullmatch
        checks.append((lambda value: bool(matches(value)), f"satisfy regular expression pattern: {shape.pattern}"))
    if shape.enum:
        allowed = frozenset(shape.enum)
        checks.append((allowed.__contains__, f"satisfy enum value set: [{', '.join(shape.enum)}]"))
    return checks
