"""Commits: batches of the journal, written one after the other by a thread, and the futures of those who wait for them.

Rule: the event loop never waits for the disk. Changes made while a commit is under way go into the next, so that all
requests of one moment share a commit. When a commit fails, the futures of all who wait raise, and requests are refused
until the disk can be written again: then the state is read from the disk, and changes never committed are gone. When a
record was left out of a commit, the state is read from the disk, too, and requests wait for that: so memory never has
what the disk has not. "The disk" is whatever keeps the state. Once another node owns that, requests are refused for
good.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from decaf.base.clock import Clock
from decaf.persistence.batch import Batch
from decaf.persistence.deferred_reply import Pending
from decaf.persistence.errors import CommitFailed, Fenced, NotWritten, Unusable
from decaf.persistence.journal import Journal
from decaf.persistence.keeper import Contents, Keeper, Write
from decaf.persistence.obsolete import Obsolete
from decaf.persistence.unwritable import NOTHING, LeftOut
from decaf.persistence.worker import Ended, Worker

T = TypeVar("T")

_log = logging.getLogger("decaf")

PAUSE = 0.5  # seconds between two commits that nobody waits for


class CommitFuture(asyncio.Future[LeftOut]):
    """Done when a commit is on the disk, with what was left out of it. Many wait for it: a client that hangs up does
    not cancel it.

    Nobody waits for one that may be `late`: its changes come about again by themselves.
    """

    late = False

    def cancel(self, msg: Any = None) -> bool:
        return False


class Commits:
    """Writes the journal's batches: at once, or some time later unless `prompt`. With `promised`, replies wait for it.

    After a failed commit, or one that a record was left out of, `clear` empties memory, and `replace` fills it with the
    contents of the disk. They are written by a thread of their own, or by a `worker` that has others to write, too.
    """

    def __init__(
        self,
        keeper: Keeper,
        clock: Clock,
        promised: bool,
        prompt: bool,
        clear: Callable[[], None],
        replace: Callable[[Contents], None],
        worker: Worker | None = None,
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._promised = promised
        self._prompt = prompt
        self._clear = clear
        self._replace = replace
        self._worker = worker or Worker("decaf-disk")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next: CommitFuture | None = None  # of the changes since the last batch
        self._under_way: CommitFuture | None = None
        self._unwritten_batch: Batch | None = None  # of a commit that failed or waits, and is not undone
        self._is_cleared = False  # memory is empty, and to be filled from the disk
        self.obsolete = Obsolete()
        self._deleting = False  # whether obsolete rows are being deleted
        self._trial: asyncio.Task[None] | None = None  # of writing to the disk again
        self.journal: Journal
        self.down = False
        self._is_failing = False  # the last write to the disk failed
        self.failures = 0  # commits that failed, or left a record out

    def open(self) -> None:
        """Start to write, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        if self._next is None:
            self.wake()
        self._delete()

    @property
    def is_open(self) -> bool:
        return self._loop is not None

    def wake(self, late: bool = False) -> None:
        """Commit soon: the journal has changes. Nobody waits for those that may be `late`."""
        if self._loop is None:
            return
        if self._next is None:
            self._next = CommitFuture(loop=self._loop)
            self._next.late = late
        elif not late:
            self._next.late = False
        if self._under_way is None and not self.down:
            if self._prompt:
                self._loop.call_soon(self._begin)
            else:
                self._clock.call_within(PAUSE, lambda _: self._begin(), "")

    def pending(self) -> Pending | None:
        """Returns the commit that a reply has to wait for, None for none."""
        if not self._promised:
            return None
        unwritten = self._next
        if unwritten is None or unwritten.late:
            unwritten = self._under_way
        if unwritten is None or unwritten.late:
            return None
        changed = self.journal.changed
        self.journal.changed = []
        self._begin()  # what else comes in this turn of the loop goes into the next commit
        return Pending(unwritten, changed)

    def unwritten(self) -> CommitFuture | None:
        """Returns the future of the last commit that is needed for all changes so far, None when all are written."""
        return self._next or self._under_way

    async def close(self) -> None:
        """Write the remaining changes, and close the keeper."""
        if self.down:
            await self.try_again()
        while not self.down and (self._next is not None or self._under_way is not None):
            self._begin()
            pending = self._under_way or self._next
            if pending is not None:
                await asyncio.wait([pending])
        self._loop = None
        self.journal.detach()
        await self._worker.submit(self._keeper.close)
        self._worker.end()

    def write_now(self) -> None:
        """Write the remaining changes, without an event loop."""
        batch = self.journal.take()
        if batch is not None:
            self._keeper.apply(batch)
            self.obsolete.add(batch)
        self.obsolete.delete_all(self._keeper)

    def end(self) -> None:
        """Close the keeper, without an event loop."""
        self.journal.detach()
        self._keeper.close()

    def do(self, work: Callable[[Keeper], T]) -> asyncio.Future[T]:
        """Run `work` with the keeper in the thread, between two commits; the future has its result."""
        return self._worker.submit(partial(work, self._keeper))

    async def try_again(self) -> bool:
        """Returns whether the disk can be written again after a failed commit. Concurrent callers share one trial."""
        self._begin_trial()
        if self._trial is not None:
            await asyncio.wait([self._trial])
        return not self.down

    def _begin(self) -> None:
        if self._next is not None and self._under_way is None:
            self._worker.write(self._take)

    def _take(self) -> tuple[Write, Ended] | None:
        """Returns the batch of all changes by now, None when there is none to write."""
        if self._next is None or self._under_way is not None or self._loop is None or self.down:
            return None
        self._under_way, self._next = self._next, None
        try:
            batch = self.journal.take()
        except Exception as error:
            self._fail(error, None)
            return None
        if batch is None:
            self._under_way.set_result(NOTHING)
            self._under_way = None
            return None
        return Write(self._keeper, batch), partial(self._ended, batch)

    def _ended(self, batch: Batch, left_out: LeftOut, error: BaseException | None) -> None:
        if error is not None:
            self._fail(error, batch)
            return
        assert self._under_way is not None
        self._under_way.set_result(left_out)
        self._under_way = None
        self.obsolete.add(batch)
        if left_out:
            self._read_again()
            return
        self._delete()
        if self._next is not None:
            self.wake(self._next.late)

    def _delete(self) -> None:
        """Delete some obsolete rows, and go on with that until there are none, between commits."""
        if self.obsolete and not self._deleting and self._loop is not None and not self.down:
            self._deleting = True
            self._worker.run(partial(self.obsolete.delete_some, self._keeper), self._deleted)

    def _deleted(self, _: None, error: BaseException | None) -> None:
        self._deleting = False
        if error is None:
            self._delete()
        else:
            _log.warning(
                "%s: messages that are not needed any more stay until the next start: %s", self._keeper.name, error
            )

    def _read_again(self) -> None:
        """Let memory have what the disk has: write what has changed meanwhile, and read everything from the disk."""
        self._under_way, self._next = self._next, None
        try:
            self._unwritten_batch = self.journal.take()
        except Exception as error:
            self._under_way = self._under_way or CommitFuture(loop=self._loop)
            self._fail(error, None)
            return
        self.down = True
        self.failures += 1
        self._empty()
        self._begin_trial()

    def _fail(self, error: BaseException, batch: Batch | None) -> None:
        """Refuse requests from now on: a batch could not be written, or not be made (None)."""
        if not isinstance(error, NotWritten):
            _log.error("internal error in writing to the disk", exc_info=error)
        is_fenced = isinstance(error, Fenced)
        if is_fenced:
            _log.error("%s: %s", self._keeper.name, error)
        else:
            _log.error("%s cannot be written, and calls are refused until it can: %s", self._keeper.name, error)
        under_way, self._under_way = self._under_way, None
        assert under_way is not None
        self.down = self._is_failing = True
        self.failures += 1
        if self._promised or is_fenced:
            self._unwritten_batch = None
            self._undo(under_way)
        else:
            self._unwritten_batch = batch
            under_way.set_result(NOTHING)
        if not is_fenced:
            self._try_later()

    def _undo(self, under_way: CommitFuture) -> None:
        """Empty memory, and raise CommitFailed for all who wait."""
        following, self._next = self._next, None
        self._empty()
        for waited_for in (under_way, following):
            if waited_for is not None:
                waited_for.set_exception(CommitFailed())
                waited_for.exception()  # asyncio warns of an exception that nobody retrieves

    def _empty(self) -> None:
        self.journal.detach()
        self._clear()
        self._is_cleared = True

    def _try_later(self) -> None:
        """Try after a pause, too: timers and deliveries wait for the disk without a request."""
        if self._loop is not None and self.down:
            self._clock.call_within(PAUSE, lambda _: self._begin_trial(), "")

    def _begin_trial(self) -> None:
        if self._loop is not None and self._trial is None and self.down:
            self._trial = self._loop.create_task(self._try())

    async def _try(self) -> None:
        try:
            await self._recover()
        except Exception as error:
            if self._under_way is not None:  # since a record was left out: not tried and failed before
                self._fail(error, self._unwritten_batch)
            elif isinstance(error, NotWritten | Unusable):
                if not isinstance(error, Fenced):
                    self._try_later()
            else:
                _log.exception("internal error in reading from the disk")
        else:
            if self._is_failing:
                _log.warning("%s can be written again", self._keeper.name)
            self.down = self._is_failing = False
            if self._next is not None:
                self._begin()
        finally:
            self._trial = None

    async def _recover(self) -> None:
        await self.do(lambda keeper: keeper.probe())
        if self._unwritten_batch is not None:
            batch = self._unwritten_batch
            left_out = await self.do(lambda keeper: keeper.apply(batch))
            self.obsolete.add(batch)
            self._unwritten_batch = None
            if self._under_way is not None:
                self._under_way.set_result(left_out)
                self._under_way = None
        if self._is_cleared:
            contents = await self.do(lambda keeper: keeper.load())
            self._clear()
            self._replace(contents)
            self._is_cleared = False
