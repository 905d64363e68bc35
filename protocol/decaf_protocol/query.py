"""AWS Query on the way in: a form, in the URL or the body or both, becomes parameters.

Rule: a name is a path, `Tags.member.1.Key`; the form is a tree, and the shape decides what of it is read.
This is the standard form, as SNS has it: lists under `member`, maps under `entry`. SQS's is in sqs_query.py.

Source: "Making Query API requests" of the SNS Developer Guide; the model's shapes and location names.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from decaf_protocol.constraints import checked, lower_first, violation
from decaf_protocol.models import Shape
from decaf_protocol.shapes import Reader
from decaf_protocol.wire import AWSError

_SHORT = 256  # characters; longer texts seldom come again
_DEEPEST = 10  # no name of either service has more parts; what lies deeper is nobody's parameter


class Node(msgspec.Struct):
    """What a form says under one name: its own text, and what is below it, by the next part of the name."""

    text: str | None = None
    parts: dict[str, Node] = msgspec.field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """The text of the parameter `name` just below."""
        child = self.parts.get(name)
        return None if child is None else child.text

    def numbered(self) -> Iterator[Node]:
        """The elements below, by number; gaps do not matter."""
        numbers = [part for part in self.parts if len(part) < 10 and part.isascii() and part.isdigit()]
        return (self.parts[number] for number in sorted(numbers, key=int))


def parse_form(*texts: str) -> Node:
    """Read `a=1&b.1.c=2` texts into one tree; of a name given twice the first is taken.

    Raises AWSError MalformedQueryString when percent-encoding does not give UTF-8.
    """
    root = Node()
    for text in texts:
        for pair in text.split("&"):
            name, _, value = pair.partition("=")
            if name:
                _put(root, decoded(name), decoded(value))
    return root


def decoded(text: str) -> str:
    """Undo form encoding; raises AWSError MalformedQueryString when that does not give UTF-8."""
    return _known(text) if len(text) < _SHORT else _decoded(text)


def _decoded(text: str) -> str:
    if "%" not in text and text.isascii():
        return text.replace("+", " ")
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeError:
        raise AWSError("MalformedQueryString", "The query string contains a syntax error.") from None


_known = lru_cache(maxsize=1024)(_decoded)  # names and ARNs are the same with every call


def _put(node: Node, name: str, value: str) -> None:
    for part in name.split(".", _DEEPEST):
        below = node.parts.get(part)
        if below is None:
            below = node.parts[part] = Node()
        node = below
    if node.text is None:
        node.text = value


class FormWire:
    """The standard form, and SNS's manner of refusing what its model forbids."""

    def name(self, member: str, shape: Shape) -> str:
        """The first part of the name under which a member is sent."""
        return member

    def present(self, node: Node, shape: Shape) -> bool:
        """Whether a member was sent at all; an empty list or map is sent as `Name=`."""
        if node.text is not None:
            return True
        return not shape.scalar and ("member" if shape.kind == "list" else "entry") in node.parts

    def fields(self, shape: Shape) -> Callable[[Any], Iterable[tuple[str, Any]]]:
        names = [(member, self.name(member, inner), inner) for member, inner in shape.members.items()]
        present = self.present

        def fields(node: Node) -> Iterator[tuple[str, Node]]:
            for member, name, inner in names:
                child = node.parts.get(name)
                if child is not None and present(child, inner):
                    yield member, child

        return fields

    def items(self, member: str, shape: Shape) -> Callable[[Any], Iterable[Any]]:
        def items(node: Node) -> Iterable[Node]:
            below = node.parts.get("member")
            return below.numbered() if below is not None else _nothing(node)

        return items

    def entries(self, member: str, shape: Shape) -> Callable[[Any], Iterable[tuple[str, Any]]]:
        key, value = shape.key_name, shape.value_name

        def entries(node: Node) -> Iterator[tuple[str, Node]]:
            below = node.parts.get("entry")
            for entry in below.numbered() if below is not None else _nothing(node):
                yield entry.get(key) or "", entry.parts.get(value) or Node()

        return entries

    def scalar(self, member: str, shape: Shape) -> Reader:
        return checked(scalar_reader(member, shape, self), member, shape)

    def required(self, shape: Shape) -> tuple[str, ...]:
        return shape.required

    def missing(self, member: str, at: str, complaints: list[str]) -> Any:
        complaints.append(violation("Value null", at, member, "not be null"))

    def element_path(self, member: str, shape: Shape, at: str, which: int | str) -> str:
        return f"{at}{lower_first(member)}.{which}.member."

    def unreadable(self, member: str, at: str, text: str, kind: str) -> AWSError:
        """`text` is no `kind`. AWS documents no text; MalformedInput is what its Query front end answers."""
        return AWSError("MalformedInput", f"Invalid {kind} value: {text}")


def _nothing(node: Node) -> tuple[Node, ...]:
    if node.text:
        raise AWSError("MalformedInput", "Text found where a list or map was expected")
    return ()


def scalar_reader(member: str, shape: Shape, wire: FormWire) -> Reader:
    """A reader of a scalar's text: strings as they are, numbers, true and false, base64."""
    kind, missing, unreadable = shape.kind, wire.missing, wire.unreadable
    parse = _PARSERS.get(kind)

    def read(node: Node, at: str, complaints: list[str]) -> Any:
        text = node.text
        if text is None:
            return missing(member, at, complaints)
        if parse is None:
            return text
        try:
            return parse(text)
        except ValueError:
            raise unreadable(member, at, text, kind) from None

    return read


def _integer(bits: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        digits = text[1:] if text[:1] in ("+", "-") else text
        if len(digits) > 19 or not (digits.isascii() and digits.isdigit()):  # int() reads more than AWS does
            raise ValueError(text)
        value = int(text)
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise ValueError(text)
        return value

    return parse


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError(text)
    return lowered == "true"


_PARSERS: dict[str, Callable[[str], Any]] = {
    "integer": _integer(32),
    "long": _integer(64),
    "boolean": _boolean,
    "blob": lambda text: b64decode(text, validate=True),
}
