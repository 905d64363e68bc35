"""Messages that nobody needs any more leave the data directory a few at a time, and no commit waits for that."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.persistence import disk
from decaf.persistence.batch import Batch
from decaf.persistence.disk import FILE, Disk
from decaf.persistence.errors import CommitFailed, NotWritten
from decaf.persistence.keeper import ROWS
from decaf.persistence.obsolete import Obsolete
from decaf.persistence.snapshot_file import read
from decaf.world import World
from tests.decaf.sns.cloud import START, Cloud

MANY = 2 * ROWS + 500
FOUR_DAYS = 345_600.0


class Kitchen(Cloud):
    """A cloud on a data directory; `orders` has many messages."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.directory = directory
        self.begin()
        self.queue("orders")
        for start in range(0, MANY, 10):
            entries = [{"Id": str(number), "MessageBody": "latte"} for number in range(start, start + 10)]
            self.sqs("SendMessageBatch", QueueUrl="orders", Entries=entries)

    def begin(self) -> None:
        self.world = World(Settings(data_dir=str(self.directory)), Clock(lambda: START))

    def end(self) -> None:
        assert self.world.durable_store is not None
        self.world.durable_store.close_now()

    def count(self) -> int:
        return sum(len(queue.messages) for queue in self.world.queues())

    def rows(self) -> int:
        with closing(sqlite3.connect(self.directory / FILE)) as connection:
            return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])

    def settle(self) -> None:
        with self.world.sqs.held.at_once():
            for queue in self.world.queues():
                queue.settle(self.world.clock.now())


def _stop_deleting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no obsolete message be deleted, as when the process is killed before."""
    monkeypatch.setattr(Obsolete, "delete_some", lambda self, disk: self.__init__())


def _purge(kitchen: Kitchen) -> None:
    kitchen.sqs("PurgeQueue", QueueUrl="orders")


def _delete(kitchen: Kitchen) -> None:
    kitchen.sqs("DeleteQueue", QueueUrl="orders")


def _reset(kitchen: Kitchen) -> None:
    kitchen.world.reset()


def _reset_account(kitchen: Kitchen) -> None:
    kitchen.world.reset("111111111111")


@pytest.mark.parametrize("drop", [_purge, _delete, _reset, _reset_account])
def test_dropped_messages_are_gone_after_a_kill_though_they_are_still_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drop: Callable[[Kitchen], None]
) -> None:
    kitchen = Kitchen(tmp_path)
    kitchen.end()
    kitchen.begin()
    with monkeypatch.context() as killed:
        _stop_deleting(killed)
        drop(kitchen)
        kitchen.end()
    assert kitchen.rows() == MANY
    kitchen.begin()
    assert kitchen.count() == 0
    kitchen.queue("later")
    kitchen.sqs("SendMessage", QueueUrl="later", MessageBody="espresso")
    kitchen.end()
    assert kitchen.rows() == 1  # the number of what was dropped was not given again
    kitchen.begin()
    assert kitchen.count() == 1
    kitchen.end()


def test_messages_that_expired_do_so_again_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kitchen = Kitchen(tmp_path)
    kitchen.end()
    kitchen.begin()
    with monkeypatch.context() as killed:
        _stop_deleting(killed)
        kitchen.world.clock.advance(FOUR_DAYS)
        kitchen.settle()
        assert kitchen.world.durable_store is not None
        kitchen.world.durable_store.clock_changed()
        kitchen.sqs("SendMessage", QueueUrl="orders", MessageBody="espresso")
        kitchen.end()
    assert kitchen.rows() == MANY + 1
    kitchen.begin()
    kitchen.settle()
    assert [message.number for queue in kitchen.world.queues() for message in queue.messages.values()] == [MANY + 1]
    kitchen.end()
    assert kitchen.rows() == 1


def test_a_number_goes_on_after_all_messages_expired(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path)
    kitchen.end()
    kitchen.begin()
    kitchen.world.clock.advance(FOUR_DAYS)
    kitchen.settle()
    kitchen.end()
    assert kitchen.rows() == 0
    kitchen.begin()
    assert [queue.sent_count for queue in kitchen.world.queues()] == [MANY]
    kitchen.end()


def test_a_transaction_deletes_so_many_and_no_more(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path)
    kitchen.end()
    opened, obsolete = Disk(tmp_path, "commit"), Obsolete()
    obsolete.add(Batch(abandoned=[1]))
    left = []
    while obsolete:
        obsolete.delete_some(opened)
        left.append(opened._connection.execute("SELECT count(*) FROM messages").fetchone()[0])
    opened.close()
    assert left == [MANY - ROWS, MANY - 2 * ROWS, 0]


def played(directory: Path, play: Callable[[Kitchen, Any], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        kitchen = Kitchen(directory)
        kitchen.world.open("decaf.test")
        store = kitchen.world.durable_store
        assert store is not None
        await store.load()
        await play(kitchen, store)
        await kitchen.world.close()

    asyncio.run(run())


def test_nobody_waits_until_what_expired_is_written(tmp_path: Path) -> None:
    async def play(kitchen: Kitchen, store: Any) -> None:
        assert store.pending() is None
        kitchen.world.clock.advance(FOUR_DAYS)
        kitchen.settle()
        assert store.pending() is None
        kitchen.sqs("SendMessage", QueueUrl="orders", MessageBody="espresso")
        pending = store.pending()
        assert pending is not None
        await pending.commit
        assert store.pending() is None

    played(tmp_path, play)


def test_what_is_restored_is_on_the_disk_before_it_replaces_the_present_state(tmp_path: Path) -> None:
    async def play(kitchen: Kitchen, store: Any) -> None:
        lines = (await kitchen.world.take()).lines()
        kitchen.sqs("PurgeQueue", QueueUrl="orders")
        await store.load()
        restoring = asyncio.ensure_future(kitchen.world.load(*read(lines)))
        while not restoring.done():
            assert store.pending() is None  # what is written waits for nobody
            assert kitchen.count() == 0
            await asyncio.sleep(0)
        assert kitchen.count() == MANY
        kitchen.sqs("ReceiveMessage", QueueUrl="orders")
        contents = await store.load()
        (written,) = contents.messages.values()
        assert len(written) == MANY
        assert [message.receives.count for message in written[:2]] == [1, 0]
        assert contents.abandoned == []

    played(tmp_path, play)


def test_a_restore_that_is_given_up_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    async def play(kitchen: Kitchen, store: Any) -> None:
        lines = (await kitchen.world.take()).lines()
        restoring = asyncio.ensure_future(kitchen.world.load(*read(lines)))
        written = 0
        while not written:
            await asyncio.sleep(0)
            written = await store._commits.do(lambda opened: len(opened.load().abandoned))
        restoring.cancel()
        await asyncio.wait([restoring])
        contents = await store.load()
        assert [len(messages) for messages in contents.messages.values()] == [MANY]
        assert (await store.load()).abandoned == []

    played(tmp_path, play)


def test_a_restore_that_cannot_be_written_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(kitchen: Kitchen, store: Any) -> None:
        lines = (await kitchen.world.take()).lines()
        kitchen.sqs("SendMessage", QueueUrl="orders", MessageBody="espresso")
        await store.load()
        with monkeypatch.context() as full:

            def fail(*_: object, **__: object) -> None:
                raise NotWritten("no space left on device")

            full.setattr(disk.Disk, "apply", fail)
            with pytest.raises(CommitFailed):
                await kitchen.world.load(*read(lines))
        assert kitchen.count() == MANY + 1

    played(tmp_path, play)


def test_a_commit_that_fails_makes_nothing_obsolete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(kitchen: Kitchen, store: Any) -> None:
        with monkeypatch.context() as full:

            def fail(*_: object) -> None:
                raise NotWritten("no space left on device")

            full.setattr(disk.Disk, "apply", fail)
            kitchen.sqs("PurgeQueue", QueueUrl="orders")
            await asyncio.wait([store.pending().commit])
            assert store.down
        assert await store.try_again()
        assert kitchen.count() == MANY
        await store.load()
        assert kitchen.count() == MANY

    played(tmp_path, play)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone()[0] == MANY
