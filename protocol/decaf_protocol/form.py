"""A form, from the URL or the body of a request, as a tree: the first half of reading AWS Query.

Rule: a parameter's name is a path, `Tags.member.1.Key`. The shapes of the model decide which branches are read
(query.py).
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from decaf_protocol.wire import AWSError

_SHORT = 256  # characters; longer texts seldom come again
_DEEPEST = 8  # parts; no name has more: PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Value.StringValue
_MOST = 4096  # parameters; no call has as many, and each costs time

_ESCAPES = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")


class Node(msgspec.Struct, gc=False):  # gc=False: no node is below itself
    """A name in a form with names below it, by the next part of the name: what has none below it is its text alone.

    `text` is the value of the name itself, which few have: `AttributeName=All&AttributeName.1=Policy`.
    """

    text: str | None = None
    parts: dict[str, str | Node] = msgspec.field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Returns the text of the parameter `name` just below."""
        part = self.parts.get(name)
        return part.text if isinstance(part, Node) else part

    def numbered(self) -> Iterator[str | Node]:
        """Returns the elements below in order of their numbers, which may have gaps."""
        numbers = [part for part in self.parts if len(part) < 10 and part.isascii() and part.isdigit()]
        return (self.parts[number] for number in sorted(numbers, key=int))


def parse_form(*texts: str) -> Node:
    """Read `a=1&b.1.c=2` texts into one tree; the first value of a repeated name counts.

    Raises AWSError MalformedQueryString when percent-encoding does not result in UTF-8, MalformedInput for more
    parameters than any call has.
    """
    pairs = [pair for text in texts if text for pair in text.split("&", _MOST)]
    if len(pairs) > _MOST:
        raise AWSError("MalformedInput", f"The request has more than {_MOST} parameters.")
    root = Node()
    for pair in pairs:
        place, text = _known_pair(pair) if len(pair) < _SHORT else _read_pair(pair)
        if place is None:
            continue
        above, last = place
        parts = root.parts
        for part in above:
            below = parts.get(part)
            if not isinstance(below, Node):
                below = parts[part] = Node(below)
            parts = below.parts
        there = parts.get(last)
        if there is None:
            parts[last] = text
        elif isinstance(there, Node) and there.text is None:
            there.text = text
    return root


def decoded(text: str) -> str:
    """Undo form encoding. Raises AWSError MalformedQueryString when that does not result in UTF-8."""
    if "%" not in text and "+" not in text and text.isascii():
        return text
    return _known(text) if len(text) < _SHORT else _decoded(text)


def _decoded(text: str) -> str:
    try:
        return _unescaped(text.replace("+", " ")).decode()
    except UnicodeError:
        raise AWSError("MalformedQueryString", "The query string contains a syntax error.") from None


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


_known = lru_cache(maxsize=1024)(_decoded)  # ARNs, for one, are the same with every call


# Where a parameter is in the tree: the parts of its name but the last, and the last.
_Place = tuple[tuple[str, ...], str]


def _read_pair(pair: str) -> tuple[_Place | None, str]:
    """Returns the place of a parameter, None where it has none, and its text."""
    name, _, value = pair.partition("=")
    if not name:
        return None, ""
    text = decoded(value)
    return _known_place(name) if len(name) < _SHORT else _place(name), text


_known_pair = lru_cache(maxsize=1024)(_read_pair)  # all but a message's text is the same with every call


def _place(name: str) -> _Place | None:
    """Returns the place of a name, None for one that is too deep to be a parameter's."""
    *above, last = _decoded(name).split(".", _DEEPEST)
    return (tuple(above), last) if len(above) < _DEEPEST else None


_known_place = lru_cache(maxsize=1024)(_place)
