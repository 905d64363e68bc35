"""The head of a plain request: its target, its headers and the length of its body.

Finding the parts of a head is most of the work, so that has two forms with the same results: `split_head` here, and
`split` of `_head.c`. All rules about what is plain are here, and hold for both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from decaf_protocol.native import native

Form = Literal["native", "pure"]
_Split = tuple[str, dict[str, str]] | None

_MAX_HEADERS = 128  # more are refused by aiohttp
_MOST_NAMES = 256  # that are remembered
_LONGEST_NAME = 64  # characters of one that is
# Headers that make a request unusual: another framing or coding of the body, a wish about the connection; "": no name.
_UNUSUAL = frozenset(
    {
        "",
        "content-encoding",
        "expect",
        "proxy-connection",
        "sec-websocket-key1",  # refused by aiohttp
        "transfer-encoding",
        "upgrade",
    }
)
_TEXT = bytes({9, *range(32, 127), *range(128, 256)})  # every byte but control characters
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Names(dict[str, str]):
    """Headers' names as clients write them, in lower case; "" for what is no name, or makes a request unusual.

    Clients send the same few with every request, so each is looked at once.
    """

    def __missing__(self, written: str) -> str:
        name = written.lower() if _NAME.fullmatch(written) else ""
        if name in _UNUSUAL:
            name = ""
        if len(self) >= _MOST_NAMES:
            self.clear()
        if len(written) <= _LONGEST_NAME:
            self[written] = name
        return name


def split_head(head: bytes, names: Names) -> _Split:
    """Returns the first line of a head, and its headers by name as in `names`. Returns None for bytes that are in no
    plain request: no UTF-8, a line without a colon, a control character, a name that comes twice.
    """
    try:
        line, *lines = head.decode().split("\r\n")
        headers = {names[written]: value.strip(" \t") for written, value in [each.split(":", 1) for each in lines]}
    except ValueError:  # bytes that are no UTF-8, a line without a colon
        return None
    if len(headers) != len(lines) or head.translate(None, _TEXT) != b"\r\n" * len(lines):
        return None
    return line, headers


_split: Callable[[bytes, Names], _Split] = native("decaf.http._head", "split") or split_head
FORM: Form = "pure" if _split is split_head else "native"


def read_head(head: bytes, names: Names, prefixes: tuple[str, ...] = ()) -> tuple[str, dict[str, str], int] | None:
    """Returns the head of a plain request, which is all before the empty line: its target, its headers by name in
    lower case, and the length of its body in bytes. Returns None for a request that is not plain, or for a path that
    starts with one of `prefixes`.
    """
    split = _split(head, names)
    if split is None:
        return None
    line, headers = split
    if len(headers) > _MAX_HEADERS or "host" not in headers or "" in headers:
        return None
    if "connection" in headers and headers["connection"].lower() != "keep-alive":
        return None
    target = "/" if line == "POST / HTTP/1.1" else _target(line, prefixes)
    length = headers.get("content-length", "")
    if target is None or not (length.isdigit() and length.isascii() and len(length) < 12):
        return None
    return target, headers, int(length)


def _target(line: str, prefixes: tuple[str, ...]) -> str | None:
    """Returns the target in the first line of a plain request."""
    if not line.startswith("POST /") or not line.endswith(" HTTP/1.1"):
        return None
    target = line[5:-9]
    is_visible = target.isascii() and target.isprintable() and " " not in target
    return target if is_visible and not target.startswith(prefixes) else None
