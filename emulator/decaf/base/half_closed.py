"""Clients that send no more and still read: the wait of their call ends, and it is answered.

Rule: until something is sent to it, a client that has closed its sending half looks like one that hung up. So its call
waits no longer: it is answered at once, and is handed no message that comes later.
"""

from __future__ import annotations

import asyncio
from typing import Any

_SENDS_NO_MORE = "the client sends no more"


def end_wait(task: asyncio.Task[Any]) -> None:
    """Have what `task` waits for end, and the task go on."""
    task.cancel(_SENDS_NO_MORE)


def only_ends_the_wait(error: asyncio.CancelledError) -> bool:
    """Returns whether a wait was cancelled by `end_wait`: the call is still to be answered."""
    return error.args == (_SENDS_NO_MORE,)
