"""Clients that send no more and still read: the wait of their call ends, and it is answered.

Rule: until something is sent to it, a client that has closed its sending half looks like one that hung up. So its call
waits no longer: it is answered at once, and is handed no message that comes later. A wait for what the call itself has
begun goes on: see `to_its_end`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")

_SENDS_NO_MORE = "the client sends no more"


def end_wait(task: asyncio.Task[Any]) -> None:
    """Have what `task` waits for end, and the task go on."""
    task.cancel(_SENDS_NO_MORE)


def only_ends_the_wait(error: asyncio.CancelledError) -> bool:
    """Returns whether a wait was cancelled by `end_wait`: the call is still to be answered."""
    return error.args == (_SENDS_NO_MORE,)


async def to_its_end(awaited: Awaitable[T]) -> T:
    """Returns the result of `awaited`, for which a call waits whether or not its client sends more."""
    future = asyncio.ensure_future(awaited)
    while True:
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError as error:
            if not only_ends_the_wait(error):
                future.cancel()
                raise
