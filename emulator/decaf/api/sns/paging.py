"""Lists in pages, of 100 unless asked otherwise, each with the token of the next.

Rule: lists are in the order of their entries' keys, and a token names the last one seen, so that what is created or
deleted between two calls makes no entry appear twice or get lost.
"""

from __future__ import annotations

import base64
import binascii
import heapq
from collections.abc import Mapping
from typing import Any, TypeVar

from decaf.base.errors import invalid

SIZE = 100

T = TypeVar("T")


def page(
    entries: Mapping[Any, T], params: Mapping[str, Any], parameter: str = "NextToken", size: int = SIZE
) -> tuple[list[T], str | None]:
    """The page of `entries`, ordered by their keys' text, that a call asks for, and the next page's token, if any.

    `parameter` is what the operation calls the token.

    Raises InvalidParameter for a token we did not give.
    """
    last = _read(params[parameter]) if params.get(parameter) else ""
    keyed = ((str(key), value) for key, value in entries.items())
    found = heapq.nsmallest(size + 1, (pair for pair in keyed if pair[0] > last), key=lambda pair: pair[0])
    token = base64.b64encode(found[size - 1][0].encode()).decode() if len(found) > size else None
    return [value for _, value in found[:size]], token


def _read(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid("NextToken") from None
