"""Lists in pages, for every operation that lists: entries in the order of their keys, and tokens.

Rule: a token is the key of the last entry of a page, so that whatever is created or deleted between two requests, no
entry appears twice or gets lost.
"""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def page(entries: Iterable[tuple[str, T]], after: str | None, size: int) -> tuple[list[T], str | None]:
    """Returns the values of the first `size` entries with keys after `after` (None: from the start), in key order.

    The second result is the last one's key, None when no entry follows. `entries` are (key, value), in any order.
    """
    values = dict(entries)
    found, last = page_of_keys(sorted(values), after, size)
    return [values[key] for key in found], last


def page_of_keys(keys: Sequence[str], after: str | None, size: int) -> tuple[Sequence[str], str | None]:
    """Returns the first `size` of `keys`, which are in order, after `after`, and the last of them as `page` does."""
    start = 0 if after is None else bisect_right(keys, after)
    end = start + size
    return keys[start:end], keys[end - 1] if end < len(keys) else None


def write_token(key: str) -> str:
    """Returns the token of the page that begins after `key`."""
    return base64.b64encode(key.encode()).decode()


def read_token(token: str) -> str:
    """Returns the key that `write_token` wrote. Raises ValueError for anything else."""
    return base64.b64decode(token, validate=True).decode()
