"""What things are made of, for tests that write a thing down, read it again and hold the two against each other."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import msgspec

R = TypeVar("R", bound=msgspec.Struct)


def fields(thing: Any, *without: str) -> dict[str, Any]:
    """Returns the values of a thing's fields by name."""
    if isinstance(thing, msgspec.Struct):
        names = list(thing.__struct_fields__)
    else:
        names = [field.name for field in dataclasses.fields(thing)]
    return {name: getattr(thing, name) for name in names if name not in without}


def through_json(record: R) -> R:
    """Returns the record as a file has it."""
    return msgspec.json.decode(msgspec.json.encode(record), type=type(record))


def defaults(record: msgspec.Struct) -> list[str]:
    """Returns the names of the fields that have their default: those that a test of all fields does not test."""
    return [
        field.name
        for field in msgspec.structs.fields(record)
        if getattr(record, field.name)
        == (field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default)
    ]
