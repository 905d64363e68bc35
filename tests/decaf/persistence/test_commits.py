"""When the changes of a world are written, who waits for it, and what follows when they cannot be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from decaf.base.arn import Arn
from decaf.persistence.commits import PAUSE, Commits
from decaf.persistence.disk import Disk
from decaf.persistence.errors import CommitFailed
from decaf.persistence.journal import Journal
from decaf.persistence.keeper import Contents
from decaf.persistence.worker import Take, Worker
from decaf.sns.topic import TOPIC_STATE
from tests.decaf.persistence.full_disk import no_room
from tests.decaf.sns.cloud import ACCOUNT, REGION, START, Cloud


class Shop(Cloud):
    """A world whose changes are written to a directory, on a clock that stands still."""

    def __init__(
        self, directory: Path, promised: bool = True, prompt: bool = True, worker: Worker | None = None
    ) -> None:
        super().__init__()
        self.cleared = 0
        self.replaced: list[Contents] = []
        self.disk = Disk(directory, "commit")
        self.commits = Commits(self.disk, self.world.clock, promised, prompt, self._clear, self._replace, worker)
        self.commits.journal = Journal(self.world.sqs, self.world.sns, self.commits.wake)
        self.commits.journal.attach()

    def _clear(self) -> None:
        assert self._listeners() == 0  # or what is emptied would be written as deleted
        self.cleared += 1

    def _replace(self, contents: Contents) -> None:
        self.replaced.append(contents)
        self.commits.journal.attach()

    def _listeners(self) -> int:
        return len(self.world.events.state_listeners)

    async def written(self) -> list[str]:
        """The names of the queues on the disk."""
        return _names(await self.commits.do(lambda keeper: keeper.load()))


def _names(contents: Contents) -> list[str]:
    return [arn.rpartition(":")[2] for arn in contents.messages]


def _play(shop: Shop, play: Callable[[], Coroutine[Any, Any, None]]) -> list[str]:
    """Returns the names of the queues on the disk after `play`, once all is closed."""

    async def run() -> None:
        shop.commits.open()
        await play()
        await shop.commits.close()

    asyncio.run(run())
    opened = Disk(shop.disk.path.parent, "commit")
    names = _names(opened.load())
    opened.close()
    return names


def _raised(future: asyncio.Future[Any] | None) -> BaseException | None:
    assert future is not None
    return future.exception()


# --- when they are written ---------------------------------------------------------------------------------


def test_changes_are_written_at_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def play() -> None:
        shop.queue("orders")
        unwritten = shop.commits.unwritten()
        assert unwritten is not None
        await unwritten
        assert await shop.written() == ["orders"]
        assert shop.commits.unwritten() is None

    assert _play(shop, play) == ["orders"]


class BusyWorker(Worker):
    """Takes what is to be written a turn of the event loop later."""

    def write(self, take: Take) -> None:
        asyncio.get_running_loop().call_soon(super().write, take)


def test_changes_are_written_before_the_end_by_a_worker_that_is_busy(tmp_path: Path) -> None:
    shop = Shop(tmp_path, worker=BusyWorker("decaf-disk"))

    async def play() -> None:
        shop.queue("orders")

    assert _play(shop, play) == ["orders"]


def test_changes_that_nobody_waits_for_are_written_after_a_pause(tmp_path: Path) -> None:
    shop = Shop(tmp_path, promised=False, prompt=False)

    async def play() -> None:
        for name in ("orders", "kitchen"):
            shop.queue(name)
        unwritten = shop.commits.unwritten()
        assert unwritten is not None
        assert shop.world.clock.next_due() == START + PAUSE
        assert await shop.written() == []
        shop.advance(PAUSE)
        await unwritten
        assert await shop.written() == ["orders", "kitchen"]
        assert shop.world.clock.next_due() is None

    _play(shop, play)


def test_what_is_changed_before_the_opening_is_written_after_it(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.queue("orders")
    assert (shop.commits.is_open, shop.commits.unwritten()) == (False, None)

    async def play() -> None:
        assert shop.commits.is_open
        unwritten = shop.commits.unwritten()
        assert unwritten is not None
        await unwritten
        assert await shop.written() == ["orders"]

    _play(shop, play)
    assert not shop.commits.is_open


def test_a_commit_of_no_changes_is_done_at_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def play() -> None:
        pending = shop.commits.pending()  # of the opening itself
        assert pending is not None
        assert pending.commit.done()
        assert pending.is_written()
        assert shop.commits.unwritten() is None

    _play(shop, play)


def test_changes_made_while_a_commit_is_under_way_share_the_next(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def play() -> None:
        shop.queue("orders")
        first = shop.commits.pending()
        shop.queue("kitchen")
        second = shop.commits.pending()
        shop.queue("bar")
        third = shop.commits.pending()
        assert first is not None
        assert second is not None
        assert third is not None
        assert first.commit is not second.commit is third.commit
        assert (first.commit.done(), second.commit.done()) == (False, False)
        await first.commit
        assert not second.commit.done()
        assert shop.commits.unwritten() is second.commit
        await second.commit
        assert await shop.written() == ["orders", "kitchen", "bar"]

    _play(shop, play)


def test_a_reply_waits_for_its_own_changes(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def play() -> None:
        changed = []
        for name in ("orders", "kitchen"):
            shop.queue(name)
            pending = shop.commits.pending()
            assert pending is not None
            changed.append(pending.changed)
        assert changed == [[Arn("sqs", REGION, ACCOUNT, name)] for name in ("orders", "kitchen")]

    _play(shop, play)


def test_without_a_promise_no_reply_waits(tmp_path: Path) -> None:
    shop = Shop(tmp_path, promised=False)

    async def play() -> None:
        shop.queue("orders")
        assert shop.commits.pending() is None
        assert shop.commits.unwritten() is not None

    assert _play(shop, play) == ["orders"]


def test_once_all_is_written_no_reply_waits(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def play() -> None:
        shop.queue("orders")
        pending = shop.commits.pending()
        assert pending is not None
        await pending.commit
        assert shop.commits.pending() is None

    _play(shop, play)


def test_one_who_waits_cannot_cancel_what_others_wait_for(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def play() -> None:
        shop.queue("orders")
        pending = shop.commits.pending()
        assert pending is not None
        assert pending.commit.cancel() is False
        await pending.commit

    _play(shop, play)


@pytest.mark.parametrize("prompt", [True, False])
def test_what_is_left_is_written_at_the_end(tmp_path: Path, prompt: bool) -> None:
    shop = Shop(tmp_path, promised=prompt, prompt=prompt)

    async def play() -> None:
        shop.queue("orders")
        shop.commits.pending()
        shop.queue("kitchen")

    assert _play(shop, play) == ["orders", "kitchen"]
    assert shop._listeners() == 0


def test_it_can_end_without_an_event_loop(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.queue("orders")
    shop.commits.write_now()
    shop.commits.write_now()
    shop.commits.end()
    assert shop._listeners() == 0
    opened = Disk(tmp_path, "commit")
    assert _names(opened.load()) == ["orders"]
    opened.close()


# --- when they cannot be -----------------------------------------------------------------------------------


def test_when_a_commit_fails_all_who_wait_are_told_and_memory_is_emptied(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def play() -> None:
        shop.queue("orders")
        kept = shop.commits.pending()
        assert kept is not None
        await kept.commit
        with no_room():
            shop.queue("kitchen")
            first = shop.commits.pending()
            shop.queue("bar")
            second = shop.commits.pending()
            assert first is not None
            assert second is not None
            await asyncio.wait([first.commit, second.commit])
            assert [type(_raised(each.commit)) for each in (first, second)] == [CommitFailed, CommitFailed]
            assert not first.is_written()
            assert (shop.commits.down, shop.commits.failures, shop.cleared) == (True, 1, 1)
            assert shop.commits.unwritten() is None
            assert await shop.commits.try_again() is False
        assert shop.replaced == []
        assert await shop.commits.try_again() is True
        assert (shop.commits.down, shop.commits.failures, shop.cleared) == (False, 1, 2)
        assert [_names(contents) for contents in shop.replaced] == [["orders"]]
        shop.queue("door")
        after = shop.commits.pending()
        assert after is not None
        await after.commit

    assert _play(shop, play) == ["orders", "door"]


def test_the_disk_is_tried_again_by_itself_until_it_can_be_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    shop = Shop(tmp_path)

    async def play() -> None:
        with no_room():
            shop.queue("orders")
            failed = shop.commits.pending()
            assert failed is not None
            await asyncio.wait([failed.commit])
            for tried in range(1, 3):
                assert shop.world.clock.next_due() == pytest.approx(START + tried * PAUSE)
                shop.advance(PAUSE)
                await shop.commits.try_again()  # waits for the trial under way
        shop.advance(PAUSE)
        assert await shop.commits.try_again()
        assert shop.world.clock.next_due() is None

    _play(shop, play)
    said = [record.getMessage() for record in caplog.records if record.name == "decaf"]
    assert said == [
        f"{shop.disk.path} cannot be written, and calls are refused until it can: disk I/O error",
        f"{shop.disk.path} can be written again",
    ]


def test_those_who_ask_at_the_same_time_share_a_trial(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def play() -> None:
        with no_room():
            shop.queue("orders")
            failed = shop.commits.pending()
            assert failed is not None
            await asyncio.wait([failed.commit])
        assert await asyncio.gather(*(shop.commits.try_again() for _ in range(3))) == [True, True, True]
        assert len(shop.replaced) == 1

    _play(shop, play)


def test_without_a_promise_a_failed_batch_is_written_later_and_before_what_came_after_it(tmp_path: Path) -> None:
    shop = Shop(tmp_path, promised=False)

    async def play() -> None:
        with no_room():
            shop.queue("orders")
            unwritten = shop.commits.unwritten()
            assert unwritten is not None
            await unwritten
            assert (shop.commits.down, shop.commits.failures) == (True, 1)
            shop.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
            shop.sqs("DeleteQueue", QueueUrl="orders")
            shop.queue("kitchen")
            assert await shop.commits.try_again() is False
        assert await shop.commits.try_again() is True
        assert (shop.cleared, shop.replaced) == (0, [])

    assert _play(shop, play) == ["kitchen"]


def test_what_came_while_the_disk_was_down_is_written_at_once_when_it_is_up(tmp_path: Path) -> None:
    shop = Shop(tmp_path, promised=False, prompt=False)

    async def play() -> None:
        with no_room():
            shop.queue("orders")
            shop.advance(PAUSE)
            failed = shop.commits.unwritten()
            assert failed is not None
            await failed
            shop.queue("kitchen")
        unwritten = shop.commits.unwritten()
        assert unwritten is not None
        assert await shop.commits.try_again()
        await unwritten
        assert await shop.written() == ["orders", "kitchen"]

    _play(shop, play)


def test_the_end_tries_a_disk_that_was_down(tmp_path: Path) -> None:
    shop = Shop(tmp_path, promised=False)

    async def play() -> None:
        with no_room():
            shop.queue("orders")
            failed = shop.commits.unwritten()
            assert failed is not None
            await failed

    assert _play(shop, play) == ["orders"]


def test_the_end_does_not_wait_for_a_disk_that_stays_down(tmp_path: Path) -> None:
    shop = Shop(tmp_path, promised=False)

    async def run() -> None:
        shop.commits.open()
        with no_room():
            shop.queue("orders")
            failed = shop.commits.unwritten()
            assert failed is not None
            await failed
            shop.queue("kitchen")
            await shop.commits.close()
        assert shop.commits.down

    asyncio.run(run())
    opened = Disk(tmp_path, "commit")
    assert _names(opened.load()) == []
    opened.close()


@pytest.mark.parametrize("promised", [True, False])
def test_a_state_that_has_no_record_is_an_internal_error_and_fails_the_commit(
    tmp_path: Path, promised: bool, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(tmp_path, promised)

    async def play() -> None:
        topic = shop.topic()
        first = shop.commits.unwritten()
        assert first is not None
        await first
        (broken,) = shop.world.topics()
        kept, broken.attributes = broken.attributes, {"Colour": "red"}
        shop.world.events.mark_dirty(TOPIC_STATE, broken)
        failed = shop.commits.unwritten()
        assert failed is not None
        await asyncio.wait([failed])
        assert isinstance(failed.exception(), CommitFailed) is promised
        assert (shop.commits.down, shop.commits.failures) == (True, 1)
        broken.attributes = kept
        assert await shop.commits.try_again()
        assert topic == str(broken.arn)

    _play(shop, play)
    assert "internal error in writing to the disk" in [record.getMessage() for record in caplog.records]


def test_a_state_that_cannot_be_read_again_is_an_internal_error_and_calls_stay_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(tmp_path)

    async def run() -> None:
        shop.commits.open()
        with no_room():
            shop.queue("orders")
            failed = shop.commits.pending()
            assert failed is not None
            await asyncio.wait([failed.commit])
        shop.world.events.state_listeners.append(lambda kind, key: None)  # `_clear` takes it for the journal's
        assert not await shop.commits.try_again()
        shop.world.events.state_listeners.clear()
        assert await shop.commits.try_again()
        await shop.commits.close()

    asyncio.run(run())
    assert "internal error in reading from the disk" in [record.getMessage() for record in caplog.records]
