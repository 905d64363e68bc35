"""The durable store: it starts with what the data directory or a database had, and changes are written there.

Rule: with durability `commit`, no reply is sent before its changes are on the disk. After a failed write memory is
emptied, and filled again from the disk before the next request is handled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import BinaryIO

from decaf.api.sns.service import Sns
from decaf.api.sqs.service import Sqs
from decaf.base.settings import Settings
from decaf.base.slices import at_once
from decaf.delivery.transports.signing import Signer
from decaf.persistence import accounts
from decaf.persistence.batch import Batch
from decaf.persistence.commits import Commits
from decaf.persistence.deferred_reply import Pending
from decaf.persistence.errors import CommitFailed, NotWritten
from decaf.persistence.journal import Journal
from decaf.persistence.keeper import Contents, Keeper
from decaf.persistence.opening import Opened
from decaf.persistence.queue_changes import rows_of
from decaf.persistence.queues import arn_of
from decaf.persistence.restoring import make, put_with
from decaf.sqs.queue import Queue


class DurableStore:
    """The state of all services, in what was `opened`. `clear()` empties memory, and `filled()` is called when it was
    filled again.
    """

    def __init__(
        self,
        settings: Settings,
        sqs: Sqs,
        sns: Sns,
        signer: Signer,
        clear: Callable[[], None],
        filled: Callable[[], None],
        opened: Opened,
    ) -> None:
        self._sqs = sqs
        self._sns = sns
        self._signer = signer
        self._filled = filled
        self._keeper = opened.keeper
        promised, prompt = settings.durability == "commit", settings.durability != "second"
        self._commits = Commits(opened.keeper, sqs.clock, promised, prompt, clear, self._replace, opened.worker)
        self._commits.journal = self._journal = Journal(sqs, sns, self._commits.wake, opened.shard)
        contents, self.starts = opened.contents, opened.starts
        clock = contents.snapshot.clock
        sqs.clock.resume(clock.at, clock.moved, clock.frozen)
        if contents.key is not None:
            signer.use(contents.key)
        self._has_key = contents.key is not None
        self._replace(contents)

    @property
    def is_open(self) -> bool:
        """Whether changes are written, in an event loop."""
        return self._commits.is_open

    @property
    def down(self) -> bool:
        """Whether requests are refused until the disk can be written again."""
        return self._commits.down

    @property
    def failures(self) -> int:
        """The number of commits that failed or left a record out. A request that waited during one saw a state that is
        gone."""
        return self._commits.failures

    def pending(self) -> Pending | None:
        """Returns the commit that a reply has to wait for, None for none."""
        return self._commits.pending()

    def clock_changed(self) -> None:
        """Write how the clock runs, if that changed."""
        self._journal.clock_changed()

    async def try_again(self) -> bool:
        """Returns whether the disk can be written again after a failed commit."""
        return await self._commits.try_again()

    def open(self) -> None:
        """Start to write, in the running event loop; also the signing key: signatures stay valid after a restart."""
        self._commits.open()
        if not self._has_key:
            self._has_key = True
            self._commits.do(lambda keeper: keeper.keep_key(self._signer.identity_pem))

    async def close(self) -> None:
        """Write the remaining changes, and close what keeps them."""
        await self._commits.close()

    def close_now(self) -> None:
        """As `close`, without an event loop."""
        self._commits.write_now()
        if self._signer.has_key and not self._has_key:
            self._keeper.keep_key(self._signer.identity_pem)
        self._commits.end()

    async def keep_code(self, digest: bytes, zipped: bytes) -> None:
        """Write the code of a function, a zip file with its digest (SHA-256). Raises NotWritten."""
        await self._commits.do(lambda keeper: keeper.keep_code(digest, zipped))

    async def load(self) -> Contents:
        """Returns the contents of the disk, once all changes are written."""
        while (pending := self._commits.unwritten()) is not None:
            await asyncio.wait([pending])
        await self._commits.do(self._commits.obsolete.delete_all)
        return await self._commits.do(lambda keeper: keeper.load())

    async def stage(self, queues: Iterable[Queue]) -> None:
        """Write the messages of queues that are restored next, some at a time, while other changes are written too.

        Raises CommitFailed when they, or any other changes, cannot be written.
        """
        if not self.is_open:
            return
        failures, numbers = self.failures, {queue.arn: self._journal.reserve_number() for queue in queues}
        try:
            for queue in queues:
                for rows in rows_of(queue, numbers[queue.arn]):
                    await self._commits.do(partial(_write, Batch(inserted=rows)))
                    if self.failures != failures:
                        raise CommitFailed
        except BaseException as error:
            if self.failures == failures:  # else all was read again from the disk, and numbers are given anew
                self._commits.obsolete.add_numbers(numbers.values())
            if isinstance(error, NotWritten):
                raise CommitFailed from error
            raise
        self._journal.stage(numbers)

    async def backup(self) -> BinaryIO:
        """Returns a file with a consistent copy of everything, deleted when closed. Raises NotWritten."""
        pending = self._commits.unwritten()
        if pending is not None:
            await asyncio.wait([pending])
        return await self._commits.do(lambda keeper: keeper.backup())

    def _replace(self, contents: Contents) -> None:
        """Fill memory, which is empty, with the contents of the disk."""
        for profile in contents.profiles:
            self._sqs.store.profiles.set(accounts.read_profile(profile), profile.account)
        prepared = at_once(make(self._sqs, contents.snapshot, contents.messages.items(), 0))
        deliveries = put_with(self._sqs, self._sns, prepared)
        self._sqs.store.inbox.count = max(self._sqs.store.inbox.count, contents.inbox_count)
        self._journal.attach()
        numbers = {arn_of(arn): number for arn, number in contents.numbers.items()}
        self._commits.obsolete.start_anew(contents.abandoned)
        self._journal.written(numbers, contents.abandoned, dict(zip(contents.deliveries, deliveries, strict=True)))
        self._journal.clock_changed()
        self._filled()


def _write(batch: Batch, keeper: Keeper) -> None:
    keeper.apply(batch)
