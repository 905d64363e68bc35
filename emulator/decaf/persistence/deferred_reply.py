"""Replies that are made already, and given once what they tell of is kept.

Rule: no task is made for one, since with a data directory nearly every reply is such.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass

from decaf.persistence.errors import NotKept
from decaf_protocol import Reply


@dataclass(slots=True)
class DeferredReply:
    """`reply` may be given when `kept` is done; if that raises NotKept, what `refuse` gives takes its place.

    Awaiting it gives the one or the other.
    """

    reply: Reply
    kept: asyncio.Future[None]
    refuse: Callable[[], Reply]

    def then(self, give: Callable[[Reply], None]) -> None:
        """Call `give` with what may be given, when it may."""
        self.kept.add_done_callback(lambda _: give(self._given()))

    def __await__(self) -> Generator[object, None, Reply]:
        try:
            yield from self.kept
        except NotKept:
            return self.refuse()
        return self.reply

    def _given(self) -> Reply:
        return self.reply if self.kept.exception() is None else self.refuse()
