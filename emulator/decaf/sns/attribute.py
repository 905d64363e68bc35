"""One attribute of a topic, subscription, platform application or endpoint: how its text is read and written.

Rule: readers say what is wrong with a value in AWS's words; whoever asked for it decides how to begin the sentence,
which AWS words differently for a map of Attributes and for one attribute set by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from decaf.base.errors import invalid
from decaf_protocol import AWSError


class BadAttribute(Exception):
    """An attribute that cannot be taken; the text says why."""


class UnknownAttribute(BadAttribute):
    """There is no such attribute, or it cannot be set; the text is its name."""


Reader = Callable[[str, str], Any]  # name, text -> value; raises BadAttribute


@dataclass(frozen=True, slots=True)
class Attribute:
    """A settable attribute. `read` turns what a client sends into the value kept, `write` turns it back.

    `default` None means that there is none until it is set; the empty text takes a `clearable` one away again.
    """

    read: Reader
    write: Callable[[Any], str] = str
    default: Any = None
    clearable: bool = False


def read_all(table: Mapping[str, Attribute], given: Mapping[str, str]) -> dict[str, Any]:
    """The values that `given` sets; None for an attribute that it takes away.

    Raises BadAttribute for an unknown name or a bad value.
    """
    values: dict[str, Any] = {}
    for name, text in given.items():
        attribute = table.get(name)
        if attribute is None:
            raise UnknownAttribute(name)
        values[name] = None if text == "" and attribute.clearable else attribute.read(name, text)
    return values


def write_all(table: Mapping[str, Attribute], values: Mapping[str, Any]) -> dict[str, str]:
    """The texts that `read_all` reads as `values`."""
    return {name: table[name].write(value) for name, value in values.items()}


def defaults(table: Mapping[str, Attribute]) -> dict[str, Any]:
    """The values that hold before any are given."""
    return {name: attribute.default for name, attribute in table.items() if attribute.default is not None}


def apply(current: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Put `changes`, as `read_all` gave them, into `current` values."""
    for name, value in changes.items():
        if value is None:
            current.pop(name, None)
        else:
            current[name] = value


def refused_in_map(bad: BadAttribute) -> AWSError:
    """The error for an attribute among the Attributes of a call."""
    reason = f"Unknown attribute {bad}" if isinstance(bad, UnknownAttribute) else str(bad)
    return invalid(f"Attributes Reason: {reason}")


def refused_by_name(bad: BadAttribute) -> AWSError:
    """The error for an attribute that was set by its AttributeName."""
    return invalid("AttributeName" if isinstance(bad, UnknownAttribute) else str(bad))


def text(name: str, value: str) -> str:
    return value


def truth(name: str, value: str) -> bool:
    lowered = value.lower()
    if lowered not in ("true", "false"):
        raise BadAttribute(f"{name}: Invalid value [{value}]. Must be true or false.")
    return lowered == "true"


def write_truth(value: bool) -> str:
    return "true" if value else "false"


def whole(least: int, most: int) -> Reader:
    def read(name: str, value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) < 10) or not least <= int(value) <= most:
            raise BadAttribute(f"{name}: {value} value provided is not an integer between {least}-{most}")
        return int(value)

    return read


def one_of(*values: str) -> Reader:
    def read(name: str, value: str) -> str:
        if value not in values:
            raise BadAttribute(f"{name}: Invalid value [{value}]. Must be one of: {', '.join(values)}.")
        return value

    return read
