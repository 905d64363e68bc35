"""Long polls: served in the order they came, freed at their deadline, and never handed a message they cannot take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from decaf.sqs.message import Message
from tests.decaf.sqs.machine import START, Machine, receipt_of

Answer = asyncio.Future[list[Message] | None]


def _in_a_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        asyncio.run(test())

    run.__name__ = test.__name__
    return run


def _park(machine: Machine, seconds: float = 20, limit: int = 1) -> Answer:
    def attempt(now: float) -> list[Message] | None:
        return machine.queue.receive(now, limit, 30) or None

    return machine.queue.waiters.park(attempt, machine.now + seconds)


def _body(answer: Answer) -> str | None:
    taken = answer.result()
    return None if taken is None else taken[0].body


@_in_a_loop
async def test_a_send_wakes_the_poll_that_waits_longest() -> None:
    machine = Machine()
    first, second = _park(machine), _park(machine)
    machine.send("a")
    assert _body(first) == "a"
    assert not second.done()
    machine.send("b")
    assert _body(second) == "b"
    assert machine.counts() == (0, 2, 0)


@_in_a_loop
async def test_a_poll_ends_empty_at_its_own_deadline() -> None:
    machine = Machine()
    short, long = _park(machine, 5), _park(machine, 20)
    machine.clock.advance(5)
    assert _body(short) is None
    assert not long.done()
    machine.clock.advance(15)
    assert _body(long) is None
    assert len(machine.queue.waiters) == 0


@_in_a_loop
async def test_a_poll_is_woken_by_what_becomes_visible_by_itself() -> None:
    machine = Machine()
    machine.send("delayed", delay=3)
    poll = _park(machine)
    machine.clock.advance(3)
    assert _body(poll) == "delayed"
    poll = _park(machine, 40)
    machine.clock.advance(30)
    assert _body(poll) == "delayed"


@_in_a_loop
async def test_a_poll_is_woken_when_visibility_is_ended_or_shortened() -> None:
    machine = Machine()
    message = machine.send("a")
    machine.receive(visibility=500)
    poll = _park(machine)
    machine.change(receipt_of(message), 0)
    assert _body(poll) == "a"
    poll = _park(machine)
    machine.change(receipt_of(message), 7)
    machine.clock.advance(7)
    assert _body(poll) == "a"


@_in_a_loop
async def test_a_poll_that_was_cancelled_takes_no_message() -> None:
    machine = Machine()
    gone, there = _park(machine), _park(machine)
    gone.cancel()
    machine.send("a")
    assert _body(there) == "a"
    await asyncio.sleep(0)
    assert len(machine.queue.waiters) == 0


@_in_a_loop
async def test_a_poll_on_a_dead_letter_queue_is_woken_by_a_dead_letter() -> None:
    dead = Machine("dead")
    machine = Machine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    poll = _park(dead)
    machine.send("a")
    machine.receive(visibility=0)
    machine.receive()
    assert _body(poll) == "a"


@_in_a_loop
async def test_polls_on_queues_that_dead_letter_to_each_other_lose_nothing() -> None:
    second = Machine("second", RedrivePolicy={"maxReceiveCount": 1})
    first = Machine("first", dead_letters=second.queue, RedrivePolicy={"maxReceiveCount": 1})
    second.queue.dead_letter_queue = lambda: first.queue
    first.send("a")
    first.receive(visibility=0)
    polls = [_park(first, limit=10), _park(second, limit=10)]
    first.queue.waiters.serve(first.now)
    assert [poll.done() and len(poll.result() or ()) for poll in polls].count(1) == 1


@_in_a_loop
async def test_dismissing_frees_all() -> None:
    machine = Machine()
    polls = [_park(machine) for _ in range(3)]
    machine.queue.waiters.dismiss()
    assert [_body(poll) for poll in polls] == [None, None, None]


@_in_a_loop
async def test_an_idle_queue_leaves_no_timer_behind() -> None:
    machine = Machine()
    for _ in range(5):
        poll = _park(machine)
        machine.send("a")
        assert poll.done()
    await asyncio.sleep(0)
    machine.queue.purge(START)
    assert machine.clock.next_due() is None
