"""Attributes of resources: tables of how the texts that clients set are read, written, defaulted and taken away.

Rule: both services keep their attributes in such tables, and refuse values in words of their own: whoever makes a
reader here passes the error it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Reader = Callable[[str, str], Any]  # attribute's name, text -> value; raises the service's error for a bad text
Refusal = Callable[[str, str], Exception]  # attribute's name, text -> that error


class Attribute(msgspec.Struct, frozen=True):
    """A settable attribute. `read` turns the text that a client sends into the value, `write` turns it back.

    Without a `default` the resource does not have it until it is set; the empty text removes a `clearable` one, and
    a value left out where there should be one a `removable` one, which has no empty value.
    """

    read: Reader
    write: Callable[[Any], str] = str
    default: Any = None
    clearable: bool = False
    removable: bool = False


Table = Mapping[str, Attribute]  # by name


def read_all(table: Table, given: Mapping[str, str | None], unknown: Callable[[str], Exception]) -> dict[str, Any]:
    """Returns the values that `given` sets; None for an attribute that it removes. A value left out is None in `given`.

    Raises `unknown` of a name that the table does not have, and what its readers raise.
    """
    values: dict[str, Any] = {}
    for name, text in given.items():
        attribute = table.get(name)
        if attribute is None:
            raise unknown(name)
        removed = (attribute.clearable and not text) or (attribute.removable and text is None)
        values[name] = None if removed else attribute.read(name, text or "")
    return values


def write_all(table: Table, values: Mapping[str, Any]) -> dict[str, str]:
    """Returns the texts that `read_all` reads as `values`."""
    return {name: table[name].write(value) for name, value in values.items()}


def defaults(table: Table) -> dict[str, Any]:
    """Returns the values of a new resource."""
    return {name: attribute.default for name, attribute in table.items() if attribute.default is not None}


def apply(current: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Put `changes`, as `read_all` returns them, into the `current` values."""
    for name, value in changes.items():
        if value is None:
            current.pop(name, None)
        else:
            current[name] = value


def text(name: str, text: str) -> str:
    """The reader of an attribute that takes any text."""
    return text


def whole(least: int, most: int, refusal: Refusal) -> Reader:
    """Returns a reader of whole numbers from `least` to `most`."""

    def read(name: str, text: str) -> int:
        # isascii: int() and isdigit() accept the digits of all scripts; fewer than 10, so that int() stays quick
        if not (text.isascii() and text.isdigit() and len(text) < 10) or not least <= int(text) <= most:
            raise refusal(name, text)
        return int(text)

    return read


def truth(refusal: Refusal) -> Reader:
    """Returns a reader of true and false, in capitals or not."""

    def read(name: str, text: str) -> bool:
        lowered = text.lower()
        if lowered not in ("true", "false"):
            raise refusal(name, text)
        return lowered == "true"

    return read


def write_truth(value: bool) -> str:
    return "true" if value else "false"


def one_of(values: tuple[str, ...], refusal: Refusal) -> Reader:
    """Returns a reader of one of `values`, spelled as there."""

    def read(name: str, text: str) -> str:
        if text not in values:
            raise refusal(name, text)
        return text

    return read
