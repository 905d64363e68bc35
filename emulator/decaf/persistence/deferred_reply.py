"""Replies that are ready, and sent once the changes of their request are committed.

Rule: no task is made for one, since with a data directory nearly every reply is deferred.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass

from decaf.base.half_closed import only_ends_the_wait
from decaf.persistence.errors import CommitFailed
from decaf_protocol import Reply


@dataclass(slots=True)
class DeferredReply:
    """`reply` may be sent when `committed` is done; if that raises CommitFailed, `refuse()` makes the reply instead.

    Awaiting it returns the one or the other.
    """

    reply: Reply
    committed: asyncio.Future[None]
    refuse: Callable[[], Reply]

    def then(self, send: Callable[[Reply], None]) -> None:
        """Call `send` with the reply when it may be sent."""
        self.committed.add_done_callback(lambda _: send(self._outcome()))

    def __await__(self) -> Generator[object, None, Reply]:
        try:
            yield from self.committed
        except CommitFailed:
            return self.refuse()
        except asyncio.CancelledError as error:
            if not only_ends_the_wait(error):
                raise
            return self._outcome()  # the task goes on when the commit is done, and not before
        return self.reply

    def _outcome(self) -> Reply:
        return self.reply if self.committed.exception() is None else self.refuse()
