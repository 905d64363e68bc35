"""Replies that come later, for which no task is made.

Rule: who waits for one is called back once, unless it hung up before.
"""

from __future__ import annotations

from collections.abc import Callable

from decaf_protocol import Reply


class Later:
    """A reply that comes later; it can be awaited, too."""

    __slots__ = ()

    def then(self, send: Callable[[Reply | bytes | None], None]) -> None:
        """Call `send` with the reply when it is there, as such or as the bytes of a response on a connection that stays
        open, or with None when there is none: then its connection is to be closed, as after `Dropped`."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """The client has gone: nobody waits for the reply any more."""

    def end_wait(self) -> None:
        """The client sends no more: what the call waits for ends, and it is answered."""
