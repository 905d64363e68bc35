"""A world on a data directory: what it had is there again after a start, and what it has is written."""

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
from decaf.persistence.disk import Disk, read_backup
from decaf.persistence.durable_store import DurableStore
from decaf.persistence.errors import CommitFailed, Unusable
from decaf.world import World
from tests.decaf.persistence.full_disk import no_room
from tests.decaf.sns.cloud import ACCOUNT, START, Cloud


class Kept(Cloud):
    """A world on a data directory."""

    def __init__(self, directory: Path, at: float = START, **settings: Any) -> None:
        super().__init__()
        settings = {"seed": 7, "data_dir": str(directory), **settings}
        self.world = World(Settings(**settings), Clock(lambda: at))

    @property
    def durable(self) -> DurableStore:
        assert self.world.durable_store is not None
        return self.world.durable_store

    def open(self, play: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Open the world for `play`, and close it."""

        async def run() -> None:
            self.world.open("decaf.test")
            await play()
            await self.world.close()

        asyncio.run(run())

    def names(self) -> list[str]:
        return [queue.name for queue in self.world.queues()]


async def _nothing() -> None:
    """Nothing happens."""


@pytest.mark.parametrize("durability", ["commit", "second", "none"])
def test_what_a_world_has_is_there_again_after_it_was_closed(tmp_path: Path, durability: str) -> None:
    kept = Kept(tmp_path, durability=durability)

    async def play() -> None:
        kept.queue("orders")
        kept.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
        assert (kept.durable.pending() is not None) is (durability == "commit")
        assert kept.durable.is_open

    kept.open(play)
    assert not kept.durable.is_open
    again = Kept(tmp_path)
    assert [message["Body"] for message in again.received("orders")] == ["latte"]
    again.durable.close_now()


def test_only_with_second_what_changed_is_written_after_a_pause(tmp_path: Path) -> None:
    for durability, waits in (("none", False), ("second", True)):
        kept = Kept(tmp_path / durability, durability=durability)

        async def play(kept: Kept = kept, waits: bool = waits) -> None:
            kept.queue("orders")
            assert (kept.world.clock.next_due() is not None) is waits

        kept.open(play)


def test_a_world_that_is_closed_at_once_has_written_all_the_same(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    first.queue("orders")
    first.durable.close_now()
    again = Kept(tmp_path)
    assert again.names() == ["orders"]
    again.durable.close_now()


def test_the_key_that_signs_is_the_same_after_each_start(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    first.open(_nothing)
    certificates = {first.world.signer.certificate_pem}
    for _ in range(2):
        again = Kept(tmp_path)
        assert again.world.signer.has_key
        again.open(_nothing)
        certificates.add(again.world.signer.certificate_pem)
    assert len(certificates) == 1


def test_a_key_made_by_a_world_that_was_never_opened_is_kept_and_none_is_made_for_it(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    first.durable.close_now()
    second = Kept(tmp_path)
    assert not second.world.signer.has_key
    made = second.world.signer.certificate_pem
    second.durable.close_now()
    third = Kept(tmp_path)
    assert third.world.signer.certificate_pem == made
    third.durable.close_now()


def test_a_seeded_world_draws_other_ids_after_each_start(tmp_path: Path) -> None:
    ids = set()
    for _ in range(3):
        kept = Kept(tmp_path)
        ids.add(kept.world.ids.uuid())
        kept.durable.close_now()
    assert len(ids) == 3


def test_a_clock_goes_on_from_where_it_was_moved_to_and_does_not_go_back(tmp_path: Path) -> None:
    first = Kept(tmp_path)

    async def play() -> None:
        await first.world.advance(3_600)

    first.open(play)
    for at in (START + 10, START - 86_400):
        again = Kept(tmp_path, at)
        assert again.world.clock.now() == START + 3_610
        again.durable.close_now()


def test_a_clock_that_was_stopped_stands_still(tmp_path: Path) -> None:
    first = Kept(tmp_path)

    async def play() -> None:
        first.world.clock.freeze()
        first.durable.clock_changed()

    first.open(play)
    again = Kept(tmp_path, START + 10)
    assert (again.world.clock.frozen, again.world.clock.now()) == (True, START)
    again.durable.close_now()


def test_a_queue_that_comes_after_a_start_gets_no_message_of_an_earlier_one(tmp_path: Path) -> None:
    names = ("orders", "kitchen", "bar", "door")
    for name in names:
        kept = Kept(tmp_path)
        kept.queue(name)
        kept.sqs("SendMessage", QueueUrl=name, MessageBody=f"for {name}")
        kept.durable.close_now()
    again = Kept(tmp_path)
    for name in names:
        assert [message["Body"] for message in again.received(name)] == [f"for {name}"]
    again.durable.close_now()


def test_the_inbox_goes_on_with_its_numbers_though_the_latest_entries_are_gone(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    for number in ("+15555550142", "+15555550143"):
        first.sns("Publish", PhoneNumber=number, Message="latte")
    first.durable.close_now()
    second = Kept(tmp_path, max_inbox=1)
    assert [entry.recipient for entry in second.inbox()] == ["+15555550143"]
    assert second.world.inbox.count == 2
    second.sns("Publish", PhoneNumber="+15555550144", Message="latte")
    second.durable.close_now()
    third = Kept(tmp_path)
    assert [entry.recipient for entry in third.inbox()] == ["+15555550144"]
    third.durable.close_now()


def test_a_message_whose_delay_ended_stays_before_those_that_were_sent_later(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    first.queue("orders")
    first.sqs("SendMessage", QueueUrl="orders", MessageBody="delayed", DelaySeconds=10)
    first.durable.close_now()
    second = Kept(tmp_path)

    async def play() -> None:
        await second.world.advance(12)
        for body in ("later", "last"):
            second.sqs("SendMessage", QueueUrl="orders", MessageBody=body)

    second.open(play)
    third = Kept(tmp_path)
    assert [message["Body"] for message in third.received("orders")] == ["delayed", "later", "last"]
    third.durable.close_now()


OTHER = "222222222222"


def test_a_restore_of_one_account_leaves_each_entry_of_another_once_in_the_inbox(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    for account, number in ((ACCOUNT, "+15555550142"), (OTHER, "+15555550143"), (OTHER, "+15555550144")):
        first.sns("Publish", account, PhoneNumber=number, Message="latte")
    first.world.clear_inbox(ACCOUNT)
    first.durable.close_now()
    second = Kept(tmp_path)
    second.world.restore(second.world.snapshot(ACCOUNT))
    second.durable.close_now()
    third = Kept(tmp_path)
    assert [entry.recipient for entry in third.inbox()] == ["+15555550143", "+15555550144"]
    third.durable.close_now()


def test_a_delivery_that_waits_is_one_and_the_same_after_each_start(tmp_path: Path) -> None:
    def deliveries() -> list[int]:
        opened = Disk(tmp_path, "commit")
        keys = opened.load().deliveries
        opened.close()
        return keys

    first = Kept(tmp_path)
    topic = first.topic()
    first.subscribe(topic, "http", "http://127.0.0.1:9/hook")
    first.durable.close_now()
    assert deliveries() == [1]
    second = Kept(tmp_path)
    assert len(second.world.courier.deliveries()) == 1
    second.subscribe(topic, "http", "http://127.0.0.1:9/other")
    second.durable.close_now()
    assert deliveries() == [1, 2]
    third = Kept(tmp_path)
    third.sns("DeleteTopic", TopicArn=topic)
    third.durable.close_now()
    fourth = Kept(tmp_path)
    assert fourth.world.courier.deliveries() == []
    fourth.durable.close_now()
    assert deliveries() == []


@pytest.mark.parametrize("durability", ["commit", "second"])
def test_a_copy_has_what_was_done_before_it_was_asked_for(tmp_path: Path, durability: str) -> None:
    kept = Kept(tmp_path, durability=durability)

    async def play() -> None:
        kept.queue("orders")
        copying = asyncio.ensure_future(kept.durable.backup())
        await asyncio.sleep(0)
        kept.advance(1)  # what is written after a pause
        with await copying as copy:
            snapshot = read_backup(copy.read())
        assert [queue.arn for queue in snapshot.queues] == [f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"]

    kept.open(play)


def test_contents_are_read_once_all_is_written(tmp_path: Path) -> None:
    kept = Kept(tmp_path)

    async def play() -> None:
        kept.queue("orders")
        kept.durable.pending()  # begins to write
        kept.queue("kitchen")
        contents = await kept.durable.load()
        assert [arn.rpartition(":")[2] for arn in contents.messages] == ["orders", "kitchen"]

    kept.open(play)


def test_after_a_failed_write_the_world_is_as_the_disk_has_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path)

    async def play() -> None:
        kept.queue("orders")
        kept.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
        written = kept.durable.pending()
        assert written is not None
        await written.commit
        with no_room():
            kept.queue("kitchen")
            lost = kept.durable.pending()
            assert lost is not None
            with pytest.raises(CommitFailed):
                await lost.commit
            assert (kept.durable.down, kept.durable.failures, kept.names()) == (True, 1, [])
            assert not await kept.durable.try_again()
        assert await kept.durable.try_again()
        assert (kept.durable.down, kept.durable.failures, kept.names()) == (False, 1, ["orders"])
        kept.sqs("SendMessage", QueueUrl="orders", MessageBody="decaf")

    kept.open(play)
    again = Kept(tmp_path)
    assert [message["Body"] for message in again.received("orders")] == ["latte", "decaf"]
    again.durable.close_now()


def test_a_damaged_directory_is_refused_and_let_go(tmp_path: Path) -> None:
    Kept(tmp_path).durable.close_now()
    with closing(sqlite3.connect(tmp_path / disk.FILE)) as connection:
        connection.execute("INSERT INTO documents (kind, key, account, record) VALUES ('queue', 'a', '', '{}')")
        connection.commit()
    for _ in range(2):
        with pytest.raises(Unusable, match="is damaged: "):
            Kept(tmp_path)
    with closing(sqlite3.connect(tmp_path / disk.FILE)) as connection:
        starts = connection.execute("SELECT record FROM documents WHERE kind = 'starts'").fetchone()[0]
    assert int(starts) == 1


def test_a_directory_that_can_be_read_and_not_written_is_refused_and_let_go(tmp_path: Path) -> None:
    Kept(tmp_path).durable.close_now()
    with no_room(), pytest.raises(Unusable):
        Kept(tmp_path)
    Kept(tmp_path).durable.close_now()


def test_a_long_start_reports_its_progress(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.queue("orders")
    kept.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    kept.durable.close_now()
    reported: list[tuple[int, int]] = []
    world = World(Settings(data_dir=str(tmp_path)), Clock(lambda: START), lambda *at: reported.append(at))
    assert reported == [(1, 1)]
    assert world.durable_store is not None
    world.durable_store.close_now()
