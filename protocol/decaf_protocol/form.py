"""A form, from the URL or the body of a request, as a tree: the first half of reading AWS Query.

Rule: a parameter's name is a path, `Tags.member.1.Key`. The shapes of the model decide which branches are read
(query.py). Finding a form's fields has two forms with the same results: `read_fields` here, and `fields` of `_query.c`.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from decaf_protocol.native import native
from decaf_protocol.wire import AWSError

_SHORT = 256  # characters; no name of a parameter is longer
_DEEPEST = 8  # parts; no name has more: PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Value.StringValue
_MOST = 4096  # parameters; no call has as many, and each costs time

_ESCAPES = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")


class Node(msgspec.Struct, gc=False):  # gc=False: no node is below itself
    """A name in a form with names below it, by the next part of the name: what has none below it is its text alone.

    `text` is the value of the name itself, which few have: `AttributeName=All&AttributeName.1=Policy`. `nested` is
    whether a part is a node.
    """

    text: str | None = None
    parts: dict[str, Any] = msgspec.field(default_factory=dict)  # str or Node
    nested: bool = False

    def get(self, name: str) -> str | None:
        """Returns the text of the parameter `name` just below."""
        part = self.parts.get(name)
        return part.text if isinstance(part, Node) else part

    def numbered(self) -> list[str | Node]:
        """Returns the elements below in order of their numbers, which may have gaps."""
        parts = self.parts
        numbers = [part for part in parts if len(part) < 10 and part.isascii() and part.isdigit()]
        if len(numbers) > 1:
            numbers.sort(key=int)
        return [parts[number] for number in numbers]


def parse_form(text: str) -> Node:
    """Read `a=1&b.1.c=2` into a tree; the first value of a repeated name counts.

    Raises AWSError MalformedQueryString when percent-encoding does not result in UTF-8, MalformedInput for more
    parameters than any call has.
    """
    try:
        fields, dotted = _fields(text, _MOST)
    except OverflowError:
        raise AWSError("MalformedInput", f"The request has more than {_MOST} parameters.") from None
    except UnicodeError:
        raise _malformed() from None
    return _tree(fields) if dotted else Node(None, fields)


def read_fields(text: str, most: int) -> tuple[dict[str, str], bool]:
    """Returns the fields of a form, `a=1&b.1.c=2`, by name, and whether a name has dots; the first value of a repeated
    name counts. A field without a name is none.

    Raises OverflowError for more than `most` fields, UnicodeError for half a surrogate pair or for escapes that are no
    UTF-8.
    """
    text.encode()  # raises UnicodeError
    if text.count("&") >= most:
        raise OverflowError("too many fields")
    fields: dict[str, str] = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if name:
            fields.setdefault(_decoded(name), _decoded(value))
    return fields, "." in "".join(fields)


_fields: Callable[[str, int], tuple[dict[str, str], bool]] = native("decaf_protocol._query", "fields") or read_fields


def _tree(fields: dict[str, str]) -> Node:
    """Returns the root of the tree that fields make by the parts of their names."""
    root = node = Node()
    at: tuple[str, ...] = ()
    for name, text in fields.items():
        place = _known_place(name) if len(name) < _SHORT else _place(name)
        if place is None:
            continue
        above, last = place
        if above != at:  # neighbours are often below the same node
            node, at = root, above
            for part in above:
                below = node.parts.get(part)
                if not isinstance(below, Node):
                    below = node.parts[part] = Node(below)
                    node.nested = True
                node = below
        there = node.parts.get(last)
        if there is None:
            node.parts[last] = text
        elif isinstance(there, Node):
            there.text = text
    return root


def _place(name: str) -> tuple[tuple[str, ...], str] | None:
    """Returns the parts of a name but the last, and the last; None for one too deep to be a parameter's."""
    *above, last = name.split(".", _DEEPEST)
    return (tuple(above), last) if len(above) < _DEEPEST else None


_known_place = lru_cache(maxsize=1024)(_place)  # the same few come with every call; no value is kept


def decoded(text: str) -> str:
    """Undo form encoding. Raises AWSError MalformedQueryString when that does not result in UTF-8."""
    try:
        return _decoded(text)
    except UnicodeError:
        raise _malformed() from None


def _malformed() -> AWSError:
    return AWSError("MalformedQueryString", "The query string contains a syntax error.")


def _decoded(text: str) -> str:
    if "%" not in text and "+" not in text and text.isascii():
        return text
    return _unescaped(text.replace("+", " ")).decode()


def _unescaped(text: str) -> bytes:
    """Returns the bytes that a text with escapes, such as %41, stands for. What is no escape stands for itself.

    The standard library's function makes an object of each escape. Quoted-printable, which Python reads in C, is the
    same with = for %, as long as each % begins an escape: then each makes the text two bytes shorter. It also has
    escaped ends of lines, which a form has not.
    """
    if "%" not in text:
        return text.encode()
    escaped, escapes = text.encode(), text.count("%")
    if "\n" not in text and "\r" not in text:
        read = a2b_qp(escaped.replace(b"=", b"=3D").replace(b"%", b"="))
        if len(read) == len(escaped) - 2 * escapes:
            return read
    return _ESCAPES.sub(lambda run: _of_hex(run[0].replace("%", "")), escaped.decode("latin-1")).encode("latin-1")


def _of_hex(digits: str) -> str:
    return bytes.fromhex(digits).decode("latin-1")
