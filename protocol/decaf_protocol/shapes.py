"""A shape compiled into a reader: one walk that takes a request's input apart and checks it.

Rule: the walk is the same for every protocol. A `Wire` decides how a structure, list, map or scalar is written, and
what a missing value means: AWS JSON's is in json10.py, those of forms in query.py. Readers are closures, built once
per operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, Protocol

from decaf_protocol.models import Shape

# Where a structure stands: () at the top; for an element of a list or map, where that stands, the element's number or
# key, and what writes the path of both. A path is written for an error alone: few requests need one.
At = tuple[Any, ...]

# raw value, where the structure that has it stands, complaints so far -> value
Reader = Callable[[Any, At, list[str]], Any]


def path(at: At) -> str:
    """Returns the path of a structure: "" at the top, else one that ends in "."."""
    if not at:
        return ""
    above, which, write = at
    written: str = write(path(above), which)
    return written


class Wire(Protocol):
    """How one protocol of one service writes input. Methods are called once per shape, when compiling."""

    def members(self, shape: Shape, readers: Mapping[str, Reader]) -> Reader:
        """A reader of the members of a structure that are there, by the readers of each; it skips unknown names."""

    def items(self, member: str, shape: Shape) -> Callable[[Any], Iterable[Any]]:
        """raw list -> raw elements."""

    def entries(self, member: str, shape: Shape) -> Callable[[Any], Iterable[tuple[str, Any]]]:
        """raw map -> (key, raw value)."""

    def scalar(self, member: str, shape: Shape) -> Reader:
        """A reader of a scalar, with the checks the service makes."""

    def required(self, shape: Shape) -> tuple[str, ...]:
        """The members whose absence is an error here; the operations check the others."""

    def missing(self, member: str, at: str, complaints: list[str]) -> Any:
        """A required member is absent: raise an error, add a complaint, or return its value."""

    def element_path(self, member: str, shape: Shape, at: str, which: int | str) -> str:
        """The path of an element (counted from 1) or of a map's value, ending in "."."""

    def whole(self, reader: Reader, member: str, shape: Shape) -> Reader:
        """`reader`, of a structure, list or map, with the checks that the service makes on it as a whole."""


_Within = tuple[Shape, ...]  # the structures that a reader is compiled in


def compile_reader(shape: Shape, wire: Wire, member: str = "", within: _Within = ()) -> Reader:
    """Returns a reader of `shape`, which is the member called `member`."""
    if shape.document:
        return wire.scalar(member, shape)
    match shape.kind:
        case "structure":
            if any(outer is shape for outer in within):
                return _again(shape, wire, member)
            return wire.whole(_structure(shape, wire, within), member, shape)
        case "list":
            return wire.whole(_list(shape, wire, member, within), member, shape)
        case "map":
            return wire.whole(_map(shape, wire, member, within), member, shape)
        case _:
            return wire.scalar(member, shape)


def _again(shape: Shape, wire: Wire, member: str) -> Reader:
    """Returns a reader of a structure within itself: it is compiled when a value is as deep."""

    @cache
    def reader() -> Reader:
        return compile_reader(shape, wire, member)

    return lambda raw, at, complaints: reader()(raw, at, complaints)


def _structure(shape: Shape, wire: Wire, within: _Within) -> Reader:
    readers = {name: compile_reader(inner, wire, name, (*within, shape)) for name, inner in shape.members.items()}
    members = wire.members(shape, readers)
    required, missing = wire.required(shape), wire.missing

    def read(raw: Any, at: At, complaints: list[str]) -> dict[str, Any]:
        result: dict[str, Any] = members(raw, at, complaints)
        for name in required:
            if name not in result:
                result[name] = missing(name, path(at), complaints)
        return result

    return read


def _list(shape: Shape, wire: Wire, member: str, within: _Within) -> Reader:
    assert shape.element is not None
    items, write = wire.items(member, shape), partial(wire.element_path, member, shape)
    reader = compile_reader(shape.element, wire, "", within)

    def read(raw: Any, at: At, complaints: list[str]) -> list[Any]:
        return [reader(value, (at, which, write), complaints) for which, value in enumerate(items(raw), 1)]

    return read


def _map(shape: Shape, wire: Wire, member: str, within: _Within) -> Reader:
    assert shape.element is not None
    entries, write = wire.entries(member, shape), partial(wire.element_path, member, shape)
    reader = compile_reader(shape.element, wire, "", within)

    def read(raw: Any, at: At, complaints: list[str]) -> dict[str, Any]:
        return {key: reader(value, (at, key, write), complaints) for key, value in entries(raw) if value is not None}

    return read
