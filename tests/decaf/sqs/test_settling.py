"""What a queue does by itself and for those who wait at it, and what it keeps for that."""

from __future__ import annotations

import asyncio

from decaf.base.events import MessageExpired
from decaf.sqs.message import Message
from tests.decaf.sqs.machine import Machine, receipt_of


def test_deleting_a_message_makes_room_for_a_poll_that_waits_for_it() -> None:
    async def scenario() -> None:
        machine = Machine()
        machine.send("a")
        machine.send("b")
        (first,) = machine.receive()

        def with_one_in_flight_at_most(now: float) -> list[Message] | None:
            return machine.queue.receive(now, 1 - len(machine.queue.in_flight), 30) or None

        poll = machine.queue.waiters.park(with_one_in_flight_at_most, machine.now + 20)
        assert not poll.done()
        machine.delete(receipt_of(first))
        taken = poll.result()
        assert taken is not None
        assert taken[0].body == "b"

    asyncio.run(scenario())


def test_asking_for_the_same_timeout_again_and_again_takes_no_memory() -> None:
    machine = Machine()
    machine.send("a")
    (message,) = machine.receive(visibility=30)
    for _ in range(1_000):
        machine.change(receipt_of(message), 30)
    assert len(machine.queue.in_flight._heap.entries) < 100


def test_a_message_that_expired_does_not_become_visible_first() -> None:
    machine = Machine(MessageRetentionPeriod=60)
    machine.send("in flight")
    machine.receive(visibility=100)
    machine.send("delayed", delay=100)
    machine.events.clear()
    machine.clock.advance(200)
    machine.queue.settle(machine.now)
    assert [type(event) for event in machine.events] == [MessageExpired, MessageExpired]
