"""Replies that are ready, and sent once the changes of their request are committed.

Rule: no task is made for one, since with a data directory nearly every reply is deferred.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from decaf.base.half_closed import only_ends_the_wait
from decaf.base.later import Later
from decaf.persistence.errors import CommitFailed
from decaf_protocol import Reply

if TYPE_CHECKING:
    from decaf.persistence.unwritable import LeftOut


@dataclass(slots=True)
class Pending:
    """A commit that something waits for, and what that has changed. `commit` raises CommitFailed."""

    commit: asyncio.Future[LeftOut]
    changed: list[Any]

    def is_written(self) -> bool:
        """Returns whether the commit, which is done, has all that was changed."""
        if self.commit.exception() is not None:
            return False
        left_out = self.commit.result()
        if not left_out:
            return True
        from decaf.persistence.unwritable import names  # few need it

        return left_out.isdisjoint(names(self.changed))


@dataclass(slots=True)
class DeferredReply(Later):
    """`reply` may be sent when what is `pending` is written; if it cannot be, `refuse()` makes the reply instead.

    Awaiting it returns the one or the other.
    """

    reply: Reply
    pending: Pending
    refuse: Callable[[], Reply]

    def then(self, send: Callable[[Reply | None], None]) -> None:
        """Call `send` with the reply when it may be sent. The changes are committed whether or not the client waits."""
        self.pending.commit.add_done_callback(lambda _: send(self._outcome()))

    def __await__(self) -> Generator[object, None, Reply]:
        try:
            yield from self.pending.commit
        except CommitFailed:
            return self.refuse()
        except asyncio.CancelledError as error:
            if not only_ends_the_wait(error):
                raise  # else: the task goes on when the commit is done, and not before
        return self._outcome()

    def _outcome(self) -> Reply:
        return self.reply if self.pending.is_written() else self.refuse()
