"""Lists of SNS in pages, of 100 where the operation takes no size, each with the token of the next.

Source: the SNS API Reference, ListTopics and the other List operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from decaf.api import paging
from decaf.sns.errors import invalid
from decaf_protocol import Params

SIZE = 100

T = TypeVar("T")


def page(
    entries: Mapping[Any, T], params: Params, parameter: str = "NextToken", size: int = SIZE
) -> tuple[list[T], str | None]:
    """Returns the requested page of `entries`, in order of their keys' text, and the next page's token, if any.

    `parameter` is the operation's name of the token. Raises InvalidParameter for a token that is none.
    """
    keyed = ((str(key), value) for key, value in entries.items())
    listed, last = paging.page(keyed, after(params, parameter), size)
    return listed, None if last is None else paging.write_token(last)


def after(params: Params, parameter: str = "NextToken") -> str | None:
    """Returns the key after which the requested page begins, None for the first page. Raises InvalidParameter."""
    token = params.get(parameter)
    try:
        return paging.read_token(token) if token else None
    except ValueError:
        raise invalid("NextToken") from None
