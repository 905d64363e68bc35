"""A world's state kept on the disk: what is there is put in memory at the start, and what changes is written.

Rule: with `commit`, nothing is answered that the disk does not have. After a failed write memory is emptied, and filled
again from the disk before the next call is done.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from decaf.api.sns.service import Sns
from decaf.api.sqs.service import Sqs
from decaf.base.settings import Settings
from decaf.delivery.transports.signing import Signer
from decaf.persistence.commits import Commits
from decaf.persistence.disk import Contents, Disk, Progress
from decaf.persistence.errors import Unusable
from decaf.persistence.journal import Journal
from decaf.persistence.queues import arn_of
from decaf.persistence.snapshot import put_with


class DurableStore:
    """The state of two services, in the directory that the settings name. `clear()` empties memory.

    Raises Unusable for a directory that cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        sqs: Sqs,
        sns: Sns,
        signer: Signer,
        clear: Callable[[], None],
        progress: Progress | None = None,
    ) -> None:
        self._sqs = sqs
        self._sns = sns
        self._signer = signer
        self._disk = disk = Disk(Path(settings.data_dir), settings.durability)
        promised, prompt = settings.durability == "commit", settings.durability != "second"
        self._commits = Commits(disk, sqs.clock, promised, prompt, clear, self._replace)
        self._commits.journal = self._journal = Journal(sqs, sns, self._commits.wake)
        contents, self.starts = _begin(disk, progress)
        clock = contents.snapshot.clock
        sqs.clock.resume(clock.at, clock.moved, clock.frozen)
        if contents.key is not None:
            signer.use(contents.key)
        self._has_key = contents.key is not None
        self._replace(contents)

    @property
    def is_open(self) -> bool:
        """Whether an event loop writes what changes."""
        return self._commits.is_open

    @property
    def down(self) -> bool:
        """Whether nothing can be done until the disk can be written again."""
        return self._commits.down

    @property
    def failures(self) -> int:
        """How often something could not be written. What waited meanwhile saw a state that is no more."""
        return self._commits.failures

    def pending(self) -> asyncio.Future[None] | None:
        """What an answer has to wait for, None when nothing. It raises NotKept."""
        return self._commits.pending()

    def clock_changed(self) -> None:
        """The clock may have been moved, stopped or set going."""
        self._journal.clock_changed()

    async def try_again(self) -> bool:
        """Whether the disk can be written again after a commit failed."""
        return await self._commits.try_again()

    def open(self) -> None:
        """Begin to write, in the running event loop. What is signed must be good after a restart, too."""
        self._commits.open()
        if not self._has_key:
            self._has_key = True
            self._commits.do(lambda disk: disk.keep_key(self._signer.identity_pem))

    async def close(self) -> None:
        """Write what is still to be written."""
        await self._commits.close()

    def close_now(self) -> None:
        """Write what is still to be written, of a world that no event loop runs."""
        self._commits.write_now()
        if self._signer.has_key and not self._has_key:
            self._disk.keep_key(self._signer.identity_pem)
        self._commits.end()

    async def load(self) -> Contents:
        """All that the disk has, once everything is there."""
        while (pending := self._commits.unwritten()) is not None:
            await asyncio.wait([pending])
        return await self._commits.do(lambda disk: disk.load())

    async def backup(self) -> BinaryIO:
        """A file that has a consistent copy of everything, gone once it is closed. Raises sqlite3.Error, or OSError."""
        pending = self._commits.unwritten()
        if pending is not None:
            await asyncio.wait([pending])
        return await self._commits.do(Disk.backup)

    def _replace(self, contents: Contents) -> None:
        """Fill memory, which is empty, with what the disk has."""
        deliveries = put_with(self._sqs, self._sns, contents.snapshot, contents.messages, 0)
        self._sqs.store.inbox.count = max(self._sqs.store.inbox.count, contents.inbox_count)
        self._journal.attach()
        numbers = {arn_of(arn): number for arn, number in contents.numbers.items()}
        self._journal.written(numbers, dict(zip(contents.deliveries, deliveries, strict=True)))
        self._journal.clock_changed()


def _begin(disk: Disk, progress: Progress | None) -> tuple[Contents, int]:
    """What the disk has, and how often it was put to use before. Nothing is written to a disk that is damaged."""
    try:
        return disk.load(progress), disk.count_start()
    except sqlite3.Error as error:
        disk.close()
        raise Unusable(f"{disk.path} cannot be written: {error}") from error
    except BaseException:
        disk.close()
        raise
