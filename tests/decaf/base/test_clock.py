"""The clock: timers in order, moved forward by hand or run by a loop, never backwards."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.base.clock import Clock


def _still() -> Clock:
    return Clock(source=lambda: 1_000.0)


def test_a_clock_stands_with_its_source_until_it_is_moved() -> None:
    clock = _still()
    assert clock.now() == 1_000
    clock.advance(2.5)
    assert clock.now() == 1_002.5


def test_moving_runs_what_falls_due_each_at_its_own_time() -> None:
    clock = _still()
    ran: list[tuple[str, float]] = []
    clock.call_at(1_030, lambda now: ran.append(("late", now)))
    clock.call_at(1_010, lambda now: ran.append(("early", now)))
    clock.call_at(1_031, lambda now: ran.append(("not yet", now)))
    clock.advance(30)
    assert ran == [("early", 1_010), ("late", 1_030)]


def test_a_timer_made_by_a_timer_runs_in_the_same_move_if_it_is_due() -> None:
    clock = _still()
    ran: list[float] = []

    def again(now: float) -> None:
        ran.append(now)
        clock.call_at(now + 10, again)

    clock.call_at(1_010, again)
    clock.advance(35)
    assert ran == [1_010, 1_020, 1_030]


def test_timers_of_one_moment_run_in_the_order_they_were_made() -> None:
    clock = _still()
    ran: list[int] = []
    for number in range(5):
        clock.call_at(1_001, lambda _, number=number: ran.append(number))  # type: ignore[misc]
    clock.advance(1)
    assert ran == [0, 1, 2, 3, 4]


def test_a_cancelled_timer_does_not_run_and_is_not_due() -> None:
    clock = _still()
    timer = clock.call_at(1_001, lambda now: pytest.fail("it was cancelled"))
    timer.cancel()
    assert clock.next_due() is None
    clock.advance(2)


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        _still().advance(-1)


def test_a_clock_whose_source_goes_back_goes_on_from_what_it_showed() -> None:
    shown = [1_000.0]
    clock = Clock(source=lambda: shown[0])
    assert clock.now() == 1_000
    for source, expected in ((400, 1_000), (410, 1_010), (405, 1_010), (406, 1_011), (5_000, 5_605)):
        shown[0] = source
        assert clock.now() == expected
    shown[0] = 0
    clock.advance(10)
    assert clock.now() == 5_615


@given(st.lists(st.tuples(st.sampled_from(["source", "advance", "freeze", "thaw"]), st.integers(0, 1_000))))
def test_a_clock_never_goes_back(steps: list[tuple[str, int]]) -> None:
    shown = [500]
    clock = Clock(source=lambda: shown[0])
    latest = clock.now()
    for step, number in steps:
        if step == "source":
            shown[0] = number
        elif step == "advance":
            clock.advance(number)
        else:
            getattr(clock, step)()
        assert clock.now() >= latest
        latest = clock.now()


async def _jump() -> float:
    shown = [1_000.0]
    clock = Clock(source=lambda: shown[0])
    loop = asyncio.get_running_loop()
    clock.attach(loop)
    rang: asyncio.Future[float] = loop.create_future()
    clock.call_at(4_600, rang.set_result)
    shown[0] = 8_200
    return await asyncio.wait_for(rang, 30)


def test_timers_that_are_due_run_soon_after_the_source_jumped_forward() -> None:
    assert asyncio.run(_jump()) == 8_200


@given(st.lists(st.integers(0, 100), max_size=20), st.lists(st.integers(0, 10), max_size=20))
def test_many_small_moves_run_what_one_large_one_runs(whens: list[int], steps: list[int]) -> None:
    def run(moves: list[int]) -> list[tuple[float, int]]:
        clock = Clock(source=lambda: 0.0)
        ran: list[tuple[float, int]] = []
        for order, when in enumerate(whens):
            clock.call_at(when, lambda now, order=order: ran.append((now, order)))  # type: ignore[misc]
        for seconds in moves:
            clock.advance(seconds)
        return ran

    assert run([0, *steps]) == run([sum(steps)])


def test_dropped_timers_do_not_pile_up() -> None:
    clock = _still()
    for _ in range(10_000):
        clock.call_at(2_000, lambda now: None).cancel()
    assert len(clock._timers._heap.entries) < 200


async def _real_time() -> float:
    loop = asyncio.get_running_loop()
    clock = Clock()
    clock.attach(loop)
    rang: asyncio.Future[float] = loop.create_future()
    due = clock.now() + 0.01
    clock.call_at(due + 60, lambda now: rang.set_exception(AssertionError("the wrong timer")))
    clock.call_at(due, rang.set_result)
    return await asyncio.wait_for(rang, 5) - due


def test_a_loop_runs_timers_as_real_time_passes() -> None:
    assert asyncio.run(_real_time()) >= 0


async def _moved() -> bool:
    loop = asyncio.get_running_loop()
    clock = Clock()
    clock.attach(loop)
    rang = asyncio.Event()
    clock.call_at(clock.now() + 3_600, lambda now: rang.set())
    clock.advance(3_600)
    return rang.is_set()


def test_a_clock_that_a_loop_runs_can_be_moved_too() -> None:
    assert asyncio.run(_moved())


def test_an_action_can_move_the_clock_as_far_as_the_present_move_goes_and_nothing_else_is_due() -> None:
    clock = _still()
    went: list[tuple[float, bool, float]] = []

    def move_on(_: float) -> None:
        went.extend((when, clock.continue_to(when), clock.now()) for when in (1_010, 1_020, 1_025, 1_040))

    clock.call_at(1_005, move_on)
    clock.call_at(1_020, lambda now: None)
    clock.advance(30)
    assert went == [(1_010, True, 1_010), (1_020, False, 1_010), (1_025, False, 1_010), (1_040, False, 1_010)]
    assert not clock.continue_to(1_031)
    assert clock.now() == 1_030


def test_the_next_described_timer_is_not_cancelled_and_has_a_description() -> None:
    clock = _still()
    clock.call_at(1_001, lambda now: None, about="")
    clock.call_at(1_003, lambda now: None, "the end")
    clock.call_at(1_002, lambda now: None, "a beginning").cancel()
    timer = clock.next_described()
    assert timer is not None
    assert (timer.when, timer.about) == (1_003, "the end")


async def _within(freeze: bool, move: float) -> tuple[bool, bool]:
    """Whether the action has run after the move at once, and whether it runs by itself."""
    clock = Clock()
    clock.attach(asyncio.get_running_loop())
    if freeze:
        clock.freeze()
    ran = asyncio.Event()
    clock.call_within(0.01, lambda now: ran.set(), about="")
    clock.advance(move)
    at_once = ran.is_set()
    return at_once, await asyncio.wait_for(ran.wait(), 5)


@pytest.mark.parametrize(("freeze", "move", "at_once"), [(False, 0, False), (True, 0, False), (True, 1, True)])
def test_what_runs_within_a_time_runs_when_the_clock_is_moved_and_when_it_is_frozen(
    freeze: bool, move: float, at_once: bool
) -> None:
    assert asyncio.run(_within(freeze, move)) == (at_once, True)


async def _cancelled() -> int:
    clock = Clock()
    clock.attach(asyncio.get_running_loop())
    ran: list[float] = []
    clock.call_within(0.001, ran.append, about="")()
    twice = asyncio.Event()
    clock.call_within(0.002, lambda now: twice.set(), about="")
    await asyncio.wait_for(twice.wait(), 5)
    clock.advance(1)
    return len(ran)


def test_a_cancelled_action_does_not_run() -> None:
    assert asyncio.run(_cancelled()) == 0
