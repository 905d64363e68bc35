"""Commits: batches of the journal written by a thread, one after the other, and who waits for them.

Rule: the event loop never waits for the disk. What changes while a commit is under way goes into the next, so that all
callers of a moment share one. When a commit fails, all who wait are told, and nothing is done until the disk can be
written again: then the state is what the disk has, and what was not promised to anybody is gone.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from decaf.base.clock import Clock
from decaf.persistence.batch import Batch
from decaf.persistence.disk import Contents, Disk
from decaf.persistence.errors import NotKept, Unusable
from decaf.persistence.journal import Journal
from decaf.persistence.worker import Worker

T = TypeVar("T")

_log = logging.getLogger("decaf")

PAUSE = 0.5  # seconds between two commits that nobody waits for


class Kept(asyncio.Future[None]):
    """Done when something is on the disk; many may wait for it, and nobody's hanging up calls it off."""

    def cancel(self, msg: Any = None) -> bool:
        return False


class Commits:
    """Writes what the journal hears. `promised` says whether answers wait for it.

    `clear` is called when what is in memory is no longer what will be, `replace` with what takes its place.
    """

    def __init__(
        self,
        disk: Disk,
        clock: Clock,
        promised: bool,
        prompt: bool,
        clear: Callable[[], None],
        replace: Callable[[Contents], None],
    ) -> None:
        self._disk = disk
        self._clock = clock
        self._promised = promised
        self._prompt = prompt
        self._clear = clear
        self._replace = replace
        self._worker = Worker("decaf-disk")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next: Kept | None = None  # done when what changed since the last batch is written
        self._under_way: Kept | None = None
        self._held: Batch | None = None  # that could not be written, and is not undone
        self._trial: asyncio.Task[None] | None = None  # whether it can be written again
        self.journal: Journal
        self.down = False
        self.failures = 0  # how often a batch could not be written

    def open(self) -> None:
        """Begin to write, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        if self._next is None:
            self.wake()

    @property
    def is_open(self) -> bool:
        return self._loop is not None

    def wake(self) -> None:
        """Something changed."""
        if self._loop is None:
            return
        if self._next is None:
            self._next = Kept(loop=self._loop)
        if self._under_way is None and not self.down:
            if self._prompt:
                self._loop.call_soon(self._begin)
            else:
                self._clock.call_within(PAUSE, lambda _: self._begin(), "")

    def pending(self) -> Kept | None:
        """What the answer to a call that has been done has to wait for, None when nothing. It raises NotKept."""
        if not self._promised:
            return None
        unwritten = self.unwritten()
        self._begin()  # what else comes in this turn of the loop goes into the next commit
        return unwritten

    def unwritten(self) -> Kept | None:
        """What is done when all that has changed is written, None when it is."""
        return self._next or self._under_way

    async def close(self) -> None:
        """Write what is still to be written, and close the disk."""
        if self.down:
            await self.try_again()
        while not self.down and (self._next is not None or self._under_way is not None):
            self._begin()
            if self._under_way is not None:
                await asyncio.wait([self._under_way])
        self._loop = None
        self.journal.detach()
        await self._worker.ask(self._disk.close)
        self._worker.end()

    def write_now(self) -> None:
        """Write what is still to be written, where nothing was opened."""
        batch = self.journal.take()
        if batch is not None:
            self._disk.apply(batch)

    def end(self) -> None:
        """Close the disk, where nothing was opened."""
        self.journal.detach()
        self._disk.close()

    def do(self, work: Callable[[Disk], T]) -> asyncio.Future[T]:
        """Do something with the disk between two commits."""
        return self._worker.ask(partial(work, self._disk))

    async def try_again(self) -> bool:
        """Whether the disk can be written again after a commit failed. Whoever asks at the same time shares a trial."""
        self._begin_trial()
        if self._trial is not None:
            await asyncio.wait([self._trial])
        return not self.down

    def _begin(self) -> None:
        if self._next is None or self._under_way is not None or self._loop is None or self.down:
            return
        self._under_way, self._next = self._next, None
        try:
            batch = self.journal.take()
        except Exception as error:
            self._fail(error, None)
            return
        if batch is None:
            self._under_way.set_result(None)
            self._under_way = None
            return
        self._worker.do(partial(self._disk.apply, batch), partial(self._ended, batch))

    def _ended(self, batch: Batch, _: None, error: BaseException | None) -> None:
        if error is not None:
            self._fail(error, batch)
            return
        assert self._under_way is not None
        self._under_way.set_result(None)
        self._under_way = None
        if self._next is not None:
            self.wake()

    def _fail(self, error: BaseException, batch: Batch | None) -> None:
        """A batch could not be made, None, or not be written."""
        if not isinstance(error, sqlite3.Error | OSError):
            _log.error("internal error in writing to the disk", exc_info=error)
        _log.error("%s cannot be written, and calls are refused until it can: %s", self._disk.path, error)
        under_way, self._under_way = self._under_way, None
        assert under_way is not None
        self.down = True
        self.failures += 1
        if self._promised:
            self._undo(under_way)
        else:
            self._held = batch
            under_way.set_result(None)
        self._try_later()

    def _undo(self, under_way: asyncio.Future[None]) -> None:
        """Tell all who wait that nothing came of it."""
        following, self._next = self._next, None
        self.journal.detach()
        self._clear()
        for waited_for in (under_way, following):
            if waited_for is not None:
                waited_for.set_exception(NotKept())
                waited_for.exception()  # it may be that nobody waits

    def _try_later(self) -> None:
        """What goes on by itself waits for the disk, too, and not for the next call."""
        if self._loop is not None and self.down:
            self._clock.call_within(PAUSE, lambda _: self._begin_trial(), "")

    def _begin_trial(self) -> None:
        if self._loop is not None and self._trial is None and self.down:
            self._trial = self._loop.create_task(self._try())

    async def _try(self) -> None:
        try:
            await self._recover()
        except (sqlite3.Error, OSError, Unusable):
            self._try_later()
        except Exception:
            _log.exception("internal error in reading from the disk")
        else:
            self.down = False
            _log.warning("%s can be written again", self._disk.path)
            if self._next is not None:
                self._begin()
        finally:
            self._trial = None

    async def _recover(self) -> None:
        await self.do(Disk.probe)
        if not self._promised:
            if self._held is not None:
                held = self._held
                await self.do(lambda disk: disk.apply(held))
                self._held = None
            return
        contents = await self.do(Disk.load)
        self._clear()
        self._replace(contents)
