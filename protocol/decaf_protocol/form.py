"""A form, from the URL or the body of a request, as a tree: the first half of reading AWS Query.

Rule: a parameter's name is a path, `Tags.member.1.Key`. The shapes of the model decide which branches are read
(query.py). Reading the tree has two forms with the same results: `read_tree` here, and `tree` of `_query.c`.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Callable
from typing import Any

from decaf_protocol.native import native
from decaf_protocol.wire import AWSError

Form = dict[str, Any]  # by the next part of the names: a text, or a Form where names have more parts

TEXT = ""  # the key of the text of a name that has names below it too: `AttributeName=All&AttributeName.1=Policy`

_DEEPEST = 8  # parts; no name has more: PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Value.StringValue
_MOST = 4096  # parameters; no call has as many, and each costs time

_ESCAPES = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")


def parse_form(text: str) -> Form:
    """Read `a=1&b.1.c=2` into a tree; the first value of a repeated name counts.

    Raises AWSError MalformedQueryString when percent-encoding does not result in UTF-8, MalformedInput for more
    parameters than any call has.
    """
    try:
        return _tree(text, _MOST)
    except OverflowError:
        raise AWSError("MalformedInput", f"The request has more than {_MOST} parameters.") from None
    except UnicodeError:
        raise _malformed() from None


def text_of(form: Form, name: str) -> str | None:
    """Returns the text of the parameter `name` just below."""
    part = form.get(name)
    return part.get(TEXT) if type(part) is dict else part


def numbered(form: str | Form) -> list[str | Form]:
    """Returns the elements below in order of their numbers, which may have gaps."""
    if isinstance(form, str):
        return []
    if len(form) == 1 and "1" in form:  # as mostly
        return [form["1"]]
    numbers = [part for part in form if len(part) < 10 and part.isascii() and part.isdigit()]
    if len(numbers) > 1:
        numbers.sort(key=int)
    return [form[number] for number in numbers]


def read_tree(text: str, most: int) -> Form:
    """Returns the tree of a form, `a=1&b.1.c=2`; the first value of a repeated name counts.

    What has no name, a part of it that is empty, or more parts than any parameter, is left out. Raises OverflowError
    for more than `most` fields, UnicodeError for half a surrogate pair or for escapes that are no UTF-8.
    """
    text.encode()  # raises UnicodeError
    if text.count("&") >= most:
        raise OverflowError("too many fields")
    root: Form = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if name:
            _add(root, _decoded(name), _decoded(value))
    return root


def _add(form: Form, name: str, value: str) -> None:
    """Add a field to a tree."""
    if "." in name:
        *above, name = parts = name.split(".", _DEEPEST)
        if len(parts) > _DEEPEST or "" in parts:
            return
        for part in above:
            below = form.get(part)
            if type(below) is not dict:
                below = form[part] = {} if below is None else {TEXT: below}
            form = below
    there = form.setdefault(name, value)
    if type(there) is dict:
        there.setdefault(TEXT, value)


_tree: Callable[[str, int], Form] = native("decaf_protocol._query", "tree") or read_tree


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
