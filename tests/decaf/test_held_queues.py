"""A queue whose messages' time comes in one moment, many at once: only calls to that queue wait for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from decaf.base.events import Event, MessageExpired, MessageSent
from decaf.base.slices import Busy
from decaf.control import routes
from decaf.persistence.snapshot import BadSnapshot
from decaf.persistence.snapshot_file import LINE, decode, read
from decaf.sqs.queue import AT_ONCE, Queue
from decaf_protocol import Reply, Request, Result
from tests.decaf.sns.cloud import ACCOUNT, START, Cloud

MANY = 3 * AT_ONCE
FOUR_DAYS = 345_600.0


class Kitchen(Cloud):
    """Two queues, of which `orders` has many messages that were sent in one moment."""

    def __init__(self, **attributes: str) -> None:
        super().__init__(max_history=0)
        self.queue("orders", **attributes)
        self.queue("other")
        self.fill("orders")

    def fill(self, queue: str) -> None:
        for start in range(0, MANY, 10):
            entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(start, start + 10)]
            self.sqs("SendMessageBatch", QueueUrl=queue, Entries=entries)

    @property
    def orders(self) -> Queue:
        return next(queue for queue in self.world.queues() if queue.name == "orders")

    def receive(self, queue: str = "orders", **params: Any) -> Any:
        return self.sqs("ReceiveMessage", QueueUrl=queue, **params)

    def call(self, operation: str, **params: Any) -> asyncio.Future[Result]:
        """A call to `orders` that waits."""
        return _under_way(self.sqs(operation, QueueUrl="orders", **params))

    def counts(self) -> list[str]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        result = self.sqs("GetQueueAttributes", QueueUrl="orders", AttributeNames=names)["Attributes"]
        return [result[name] for name in names]


def _under_way(result: Any) -> asyncio.Future[Any]:
    assert isinstance(result, Awaitable)
    return asyncio.ensure_future(result)


def played(play: Callable[[Kitchen], Coroutine[Any, Any, None]], **attributes: str) -> None:
    async def run() -> None:
        kitchen = Kitchen(**attributes)
        kitchen.world.open("decaf.test")
        await play(kitchen)
        await kitchen.world.close()

    asyncio.run(run())


def test_a_receive_waits_until_all_that_expired_is_gone_and_other_queues_do_not() -> None:
    async def play(kitchen: Kitchen) -> None:
        kitchen.world.clock.advance(FOUR_DAYS)
        receiving = kitchen.call("ReceiveMessage")
        left = [len(kitchen.orders.messages)]
        while not receiving.done():
            assert kitchen.receive("other") == {"Messages": []}
            await asyncio.sleep(0)
            left.append(len(kitchen.orders.messages))
        assert receiving.result() == {"Messages": []}
        assert sorted(set(left), reverse=True) == [2 * AT_ONCE, AT_ONCE, 0]

    played(play)


def test_all_calls_wait_for_the_same_work() -> None:
    async def play(kitchen: Kitchen) -> None:
        kitchen.world.clock.advance(FOUR_DAYS)
        calls = [kitchen.call("ReceiveMessage") for _ in range(5)]
        assert len(kitchen.orders.messages) == 2 * AT_ONCE
        assert [await call for call in calls] == 5 * [{"Messages": []}]

    played(play)


def test_messages_expire_in_the_order_in_which_they_were_sent() -> None:
    async def play(kitchen: Kitchen) -> None:
        events: list[Event] = []
        kitchen.world.events.listeners.append(events.append)
        kitchen.world.clock.advance(FOUR_DAYS)
        await kitchen.call("ReceiveMessage")
        assert {type(event) for event in events} == {MessageExpired}
        assert [event.subject.body for event in events] == [str(number) for number in range(MANY)]

    played(play)


def test_a_new_message_comes_in_meanwhile_and_is_the_only_one_to_receive() -> None:
    async def play(kitchen: Kitchen) -> None:
        kitchen.world.clock.advance(FOUR_DAYS)
        receiving = kitchen.call("ReceiveMessage")
        kitchen.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
        assert [message["Body"] for message in (await receiving)["Messages"]] == ["latte"]

    played(play)


def test_a_poll_is_answered_by_what_becomes_visible_with_many_others() -> None:
    async def play(kitchen: Kitchen) -> None:
        polling = kitchen.call("ReceiveMessage", WaitTimeSeconds=20)
        await asyncio.sleep(0)
        await kitchen.world.advance(10)
        assert [message["Body"] for message in (await polling)["Messages"]] == ["0"]
        assert kitchen.counts() == [str(MANY - 1), "1"]

    played(play, DelaySeconds="10")


@pytest.mark.parametrize("delay", ["0", "10"])
def test_the_clock_moves_on_only_when_all_has_happened(delay: str) -> None:
    async def play(kitchen: Kitchen) -> None:
        shown: list[float] = []
        kitchen.world.events.listeners.append(lambda event: shown.append(kitchen.world.clock.now() - event.at))
        moving = asyncio.ensure_future(kitchen.world.advance(2 * FOUR_DAYS))
        turns = 0
        while not moving.done():
            assert kitchen.receive("other") == {"Messages": []}
            await asyncio.sleep(0)
            turns += 1
        assert shown == MANY * [0.0]
        assert turns > 2
        assert kitchen.counts() == ["0", "0"]

    played(play, DelaySeconds=delay)


def test_a_call_of_the_control_api_waits_too() -> None:
    async def play(kitchen: Kitchen) -> None:
        kitchen.world.clock.advance(FOUR_DAYS)
        request = Request("GET", "/_decaf/queues?prefix=orders", {"host": "localhost:4566"}, b"")
        reply = await _under_way(routes.handle(kitchen.world, request))
        assert isinstance(reply, Reply)
        assert b'"visible":0' in reply.body.replace(b" ", b"")

    played(play)


def test_a_reset_or_a_deletion_ends_the_work_and_who_waited_is_told() -> None:
    async def reset(kitchen: Kitchen) -> None:
        kitchen.world.reset(ACCOUNT)

    async def delete(kitchen: Kitchen) -> None:
        kitchen.sqs("DeleteQueue", QueueUrl="orders")

    for end in (reset, delete):

        async def play(kitchen: Kitchen, end: Callable[[Kitchen], Awaitable[None]] = end) -> None:
            events: list[Event] = []
            kitchen.world.clock.advance(FOUR_DAYS)
            receiving = kitchen.call("ReceiveMessage")
            await end(kitchen)
            kitchen.world.events.listeners.append(events.append)
            error = await asyncio.gather(receiving, return_exceptions=True)
            assert "QueueDoesNotExist" in repr(error)
            assert not [event for event in events if isinstance(event, MessageExpired)]

        played(play)


def test_a_world_that_closes_does_not_wait_for_the_rest() -> None:
    async def play(kitchen: Kitchen) -> None:
        kitchen.world.clock.advance(FOUR_DAYS)
        with pytest.raises(Busy):
            kitchen.world.settle()
        await kitchen.world.close()
        assert len(kitchen.orders.messages) == 2 * AT_ONCE
        assert kitchen.receive() == {"Messages": []}

    played(play)


def test_what_is_declared_does_not_wait() -> None:
    async def play(kitchen: Kitchen) -> None:
        kitchen.world.clock.advance(FOUR_DAYS)
        text = '[[queues]]\nname = "orders"\nRedrivePolicy = { deadLetterTargetArn = "other", maxReceiveCount = 3 }\n'
        body = json.dumps({"text": text, "format": "toml", "account": ACCOUNT}).encode()
        answer = routes.handle(kitchen.world, Request("POST", "/_decaf/declare", {"host": "localhost:4566"}, body))
        assert isinstance(answer, Reply)
        assert answer.status == 200, answer.body
        assert kitchen.orders.attributes["RedrivePolicy"]["maxReceiveCount"] == 3
        assert not kitchen.orders.messages

    played(play)


def test_without_an_event_loop_nobody_waits() -> None:
    kitchen = Kitchen()
    events: list[Event] = []
    kitchen.world.events.listeners.append(events.append)
    kitchen.world.clock.advance(FOUR_DAYS)
    kitchen.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    assert [type(event) for event in events] == [*[MessageExpired] * MANY, MessageSent]
    assert [message["Body"] for message in kitchen.receive()["Messages"]] == ["latte"]


def counted(kitchen: Kitchen) -> dict[str, int]:
    return {queue.name: len(queue.messages) for queue in kitchen.world.queues()}


def test_a_snapshot_is_of_one_moment_though_other_calls_are_answered_meanwhile() -> None:
    async def play(kitchen: Kitchen) -> None:
        taking = asyncio.ensure_future(kitchen.world.take())
        await asyncio.sleep(0)
        receiving = kitchen.call("ReceiveMessage")
        for _ in range(3):
            assert not taking.done()
            kitchen.sqs("SendMessage", QueueUrl="other", MessageBody="later")
            kitchen.sqs("SendMessage", QueueUrl="orders", MessageBody="later")
            assert kitchen.receive("other")["Messages"]
            await asyncio.sleep(0)
        file = b"\n".join((await taking).lines())
        assert len((await receiving)["Messages"]) == 1
        other = Cloud()
        other.world.restore(decode(file))
        (orders, empty) = other.world.queues()
        assert (len(orders.messages), len(orders.visible), len(orders.in_flight)) == (MANY, MANY, 0)
        assert not empty.messages
        assert [message.body for message in orders.receive(START, 10, 0)] == [str(number) for number in range(10)]

    played(play)


def test_a_snapshot_waits_for_what_is_under_way_with_a_queue() -> None:
    async def play(kitchen: Kitchen) -> None:
        kitchen.world.clock.advance(FOUR_DAYS)
        receiving = kitchen.call("ReceiveMessage")
        taking = await kitchen.world.take()
        assert taking.messages == 0
        assert await receiving == {"Messages": []}

    played(play)


def test_a_snapshot_waits_for_what_begins_while_it_waits() -> None:
    async def play(kitchen: Kitchen) -> None:
        for _ in range(3):
            kitchen.fill("other")
        kitchen.world.clock.advance(FOUR_DAYS)
        first = kitchen.call("ReceiveMessage")
        taking = asyncio.ensure_future(kitchen.world.take())
        await asyncio.sleep(0)
        second = _under_way(kitchen.receive("other"))
        assert (await taking).messages == 0
        assert [await first, await second] == 2 * [{"Messages": []}]

    played(play)


def test_a_reset_leaves_a_snapshot_that_is_being_taken_as_it_is() -> None:
    async def play(kitchen: Kitchen) -> None:
        taking = asyncio.ensure_future(kitchen.world.take())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        kitchen.world.reset()
        taken = decode(b"\n".join((await taking).lines()))
        assert [len(messages) for messages in taken.messages.values()] == [MANY]
        assert counted(kitchen) == {}

    played(play)


def test_a_restore_replaces_all_in_one_moment_and_nobody_waits_for_it() -> None:
    async def play(kitchen: Kitchen) -> None:
        lines = (await kitchen.world.take()).lines()
        kitchen.queue("new")
        kitchen.sqs("SendMessage", QueueUrl="other", MessageBody="later")
        restoring = asyncio.ensure_future(kitchen.world.load(*read(lines)))
        seen = []
        while not restoring.done():
            seen.append(counted(kitchen))
            await asyncio.sleep(0)
        assert len(seen) > MANY / LINE
        assert seen[:-1] == (len(seen) - 1) * [{"orders": MANY, "other": 1, "new": 0}]
        assert counted(kitchen) == {"orders": MANY, "other": 0}
        assert kitchen.receive()["Messages"][0]["Body"] == "0"

    played(play)


def test_the_clock_is_not_moved_while_a_snapshot_is_restored() -> None:
    async def play(kitchen: Kitchen) -> None:
        lines = (await kitchen.world.take()).lines()
        restoring = asyncio.ensure_future(kitchen.world.load(*read(lines)))
        await asyncio.sleep(0)
        await kitchen.world.advance(FOUR_DAYS - 1)
        assert restoring.done()
        assert len(kitchen.receive(MaxNumberOfMessages=10)["Messages"]) == 10
        await kitchen.world.advance(1)
        assert counted(kitchen) == {"orders": 0, "other": 0}

    played(play)


def test_a_restore_that_fails_or_is_given_up_changes_nothing() -> None:
    async def play(kitchen: Kitchen) -> None:
        lines = (await kitchen.world.take()).lines()
        with pytest.raises(BadSnapshot):
            await kitchen.world.load(*read((*lines[:-1], b"latte")))
        first = next(line for line in lines if line.startswith(b'{"queue"'))
        with pytest.raises(BadSnapshot, match="no queue, or messages of others between them"):
            await kitchen.world.load(*read((*lines, first.replace(b":orders", b":other"), first)))
        with pytest.raises(BadSnapshot, match="there are records between the messages"):
            await kitchen.world.load(*read((*lines, lines[1])))
        restoring = asyncio.ensure_future(kitchen.world.load(*read(lines)))
        await asyncio.sleep(0)
        restoring.cancel()
        await asyncio.wait([restoring])
        assert counted(kitchen) == {"orders": MANY, "other": 0}
        assert kitchen.receive()["Messages"][0]["Body"] == "0"

    played(play)
