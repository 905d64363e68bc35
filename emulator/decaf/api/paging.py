"""Lists in pages, for every operation that lists: entries in the order of their keys, and tokens.

Rule: a token is the key of the last entry of a page, so that whatever is created or deleted between two requests, no
entry appears twice or gets lost.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from operator import itemgetter
from typing import TypeVar

T = TypeVar("T")


def page(entries: Iterable[tuple[str, T]], after: str | None, size: int) -> tuple[list[T], str | None]:
    """Returns the values of the first `size` entries with keys after `after` (None: from the start), in key order.

    The second result is the last one's key, None when no entry follows. `entries` are (key, value), in any order.
    """
    rest = entries if after is None else (entry for entry in entries if entry[0] > after)
    found = sorted(rest, key=itemgetter(0))
    return [value for _, value in found[:size]], found[size - 1][0] if len(found) > size else None


def write_token(key: str) -> str:
    """Returns the token of the page that begins after `key`."""
    return base64.b64encode(key.encode()).decode()


def read_token(token: str) -> str:
    """Returns the key that `write_token` wrote. Raises ValueError for anything else."""
    return base64.b64decode(token, validate=True).decode()
