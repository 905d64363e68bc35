"""Calls that do much: others are answered meanwhile, and what has to look like one moment still does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from decaf.base.events import NotificationFailed
from decaf.base.slices import FREED
from decaf.delivery.courier import SLICE
from decaf.due import STEPS
from decaf_protocol import Result
from tests.decaf.sns.cloud import ACCOUNT, Cloud

QUEUES = 3 * SLICE


class Chain(Cloud):
    """A chain of shops: a queue of each is subscribed to one topic."""

    def __init__(self) -> None:
        super().__init__(max_history=0)
        self.news = self.topic("news")
        for number in range(QUEUES):
            self.subscribe(self.news, "sqs", self.queue(f"shop-{number}"), RawMessageDelivery="true")

    def publish(self) -> asyncio.Future[Result]:
        """A Publish that is under way."""
        return _under_way(self.sns("Publish", TopicArn=self.news, Message="closed on Monday"))

    def delivered(self) -> int:
        """The number of messages in all queues."""
        return sum(len(queue.messages) for queue in self.world.queues())

    async def delivered_by_turn(self) -> list[int]:
        """How many messages each turn of the event loop delivered, until one delivers none."""
        by_turn: list[int] = []
        before = self.delivered()
        while not by_turn or by_turn[-1]:
            await asyncio.sleep(0)
            by_turn.append(self.delivered() - before)
            before = self.delivered()
        return by_turn


def _under_way(result: Any) -> asyncio.Future[Result]:
    assert isinstance(result, Awaitable)
    return asyncio.ensure_future(result)


def played(play: Callable[[Chain], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        chain = Chain()
        chain.world.open("decaf.test")
        await play(chain)
        await chain.world.close()

    asyncio.run(run())


def test_publishing_to_many_queues_lets_others_through_and_is_answered_when_all_have_the_message() -> None:
    async def play(chain: Chain) -> None:
        publishing = chain.publish()
        assert max(await chain.delivered_by_turn()) == SLICE
        assert (await publishing)["MessageId"]
        assert chain.delivered() == QUEUES

    played(play)


def test_it_is_not_answered_before() -> None:
    async def play(chain: Chain) -> None:
        publishing = chain.publish()
        while chain.delivered() < QUEUES:
            assert not publishing.done()
            await asyncio.sleep(0)

    played(play)


def test_a_batch_lets_others_through_too() -> None:
    async def play(chain: Chain) -> None:
        entries = [{"Id": name, "Message": name} for name in ("a", "b", "c")]
        publishing = _under_way(chain.sns("PublishBatch", TopicArn=chain.news, PublishBatchRequestEntries=entries))
        while not publishing.done():
            before = chain.delivered()
            await asyncio.sleep(0)
            assert chain.delivered() - before <= SLICE
        assert [entry["Id"] for entry in publishing.result()["Successful"]] == ["a", "b", "c"]
        assert chain.delivered() == 3 * QUEUES

    played(play)


def test_a_client_that_hangs_up_ends_nothing() -> None:
    async def play(chain: Chain) -> None:
        publishing = chain.publish()
        await asyncio.sleep(0)
        publishing.cancel()
        await chain.delivered_by_turn()
        assert chain.delivered() == QUEUES

    played(play)


def test_a_snapshot_has_all_of_a_publishing_or_nothing() -> None:
    async def play(chain: Chain) -> None:
        chain.publish()
        await asyncio.sleep(0)
        snapshot = chain.world.snapshot()
        chain.world.reset()
        chain.world.restore(snapshot)
        assert chain.delivered() == QUEUES

    played(play)


def test_a_move_of_the_clock_begins_when_a_publishing_is_complete() -> None:
    async def play(chain: Chain) -> None:
        chain.publish()
        await chain.world.advance(60)
        sent = {message.sent_at for queue in chain.world.queues() for message in queue.messages.values()}
        assert sent == {chain.world.clock.now() - 60}
        assert chain.delivered() == QUEUES

    played(play)


def test_a_long_move_of_the_clock_lets_others_through() -> None:
    async def play(chain: Chain) -> None:
        for _ in range(3 * STEPS):
            chain.sqs("SendMessage", QueueUrl="shop-0", MessageBody="latte")
            chain.world.clock.advance(1)
        moving = asyncio.ensure_future(chain.world.advance(345_600))
        expired_by_turn = []
        while not moving.done():
            before = chain.delivered()
            await asyncio.sleep(0)
            expired_by_turn.append(before - chain.delivered())
        assert max(expired_by_turn) == STEPS
        assert sum(expired_by_turn) == 3 * STEPS

    played(play)


def test_a_reset_ends_what_was_being_published() -> None:
    async def play(chain: Chain) -> None:
        events = chain.listen()
        publishing = chain.publish()
        await asyncio.sleep(0)
        chain.world.reset(ACCOUNT)
        assert (await publishing)["MessageId"]
        assert not [event for event in events if isinstance(event, NotificationFailed)]

    played(play)


def test_a_purged_queue_is_empty_at_once_and_its_messages_are_freed_little_by_little() -> None:
    async def play(chain: Chain) -> None:
        for _ in range(2 * FREED // 10 + 1):
            entries = [{"Id": str(number), "MessageBody": "latte"} for number in range(10)]
            chain.sqs("SendMessageBatch", QueueUrl="shop-0", Entries=entries)
        queue = next(queue for queue in chain.world.queues() if queue.name == "shop-0")
        messages = queue.messages
        chain.sqs("PurgeQueue", QueueUrl="shop-0")
        assert not queue.messages
        left = [len(messages)]
        while messages:
            await asyncio.sleep(0)
            left.append(len(messages))
        assert left == [2 * FREED + 10, FREED + 10, 10, 0]

    played(play)


def test_the_messages_of_a_reset_are_freed_little_by_little_too() -> None:
    async def play(chain: Chain) -> None:
        for _ in range(FREED // 10 + 1):
            entries = [{"Id": str(number), "MessageBody": "latte"} for number in range(10)]
            chain.sqs("SendMessageBatch", QueueUrl="shop-0", Entries=entries)
        messages = next(queue.messages for queue in chain.world.queues() if queue.name == "shop-0")
        chain.world.reset()
        assert len(messages) == FREED + 10
        await asyncio.sleep(0)
        assert len(messages) == 10
        await asyncio.sleep(0)
        assert not messages

    played(play)


def test_so_are_those_of_a_deleted_queue() -> None:
    async def play(chain: Chain) -> None:
        queue = next(queue for queue in chain.world.queues() if queue.name == "shop-0")
        chain.sqs("SendMessage", QueueUrl="shop-0", MessageBody="latte")
        messages = queue.messages
        chain.sqs("DeleteQueue", QueueUrl="shop-0")
        assert messages
        await asyncio.sleep(0)
        assert not messages

    played(play)
