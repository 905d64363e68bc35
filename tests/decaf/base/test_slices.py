"""Long work lets other work of the event loop through between two slices, and is complete for those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from decaf.base.slices import FREED, Slices, freeing


def steps(done: list[str], name: str, number: int = 3) -> Iterator[None]:
    for step in range(number):
        done.append(f"{name}{step}")
        yield


def played(play: Callable[[Slices], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        slices = Slices()
        slices.open()
        await play(slices)

    asyncio.run(run())


def test_other_work_is_done_between_two_slices() -> None:
    done: list[str] = []

    async def play(slices: Slices) -> None:
        slices.run(steps(done, "a"), "account")
        for turn in range(3):
            assert len(done) == turn
            await asyncio.sleep(0)

    played(play)


def test_works_are_done_one_after_the_other_and_waited_for_together() -> None:
    done: list[str] = []

    async def play(slices: Slices) -> None:
        slices.run(steps(done, "a"), "account")
        slices.run(steps(done, "b", 1), "account")
        unfinished = slices.unfinished()
        assert unfinished is not None
        await unfinished
        assert done == ["a0", "a1", "a2", "b0"]
        assert slices.unfinished() is None
        assert not slices.is_busy

    played(play)


def test_who_waits_may_give_up_and_the_work_goes_on() -> None:
    done: list[str] = []

    async def play(slices: Slices) -> None:
        slices.run(steps(done, "a"), "account")
        first, second = slices.unfinished(), slices.unfinished()
        assert first is not None
        assert second is not None
        first.cancel()
        await second

    played(play)
    assert done == ["a0", "a1", "a2"]


def test_work_can_be_finished_at_once_and_more_follows() -> None:
    done: list[str] = []

    async def play(slices: Slices) -> None:
        slices.run(steps(done, "a"), "account")
        slices.finish()
        assert done == ["a0", "a1", "a2"]
        slices.run(steps(done, "b", 2), "account")
        await asyncio.sleep(0)
        assert done[3:] == ["b0"]
        slices.close()
        assert done[3:] == ["b0", "b1"]

    played(play)


def test_the_work_of_one_account_is_dropped() -> None:
    done: list[str] = []

    async def play(slices: Slices) -> None:
        slices.run(steps(done, "a"), "a")
        slices.run(steps(done, "b"), "b")
        slices.drop("a")
        slices.finish()
        slices.run(steps(done, "c"), "c")
        slices.drop()

    played(play)
    assert done == ["b0", "b1", "b2"]


def test_without_an_event_loop_work_is_done_at_once() -> None:
    done: list[str] = []
    slices = Slices()
    slices.run(steps(done, "a"), "account")
    assert done == ["a0", "a1", "a2"]
    assert slices.unfinished() is None


def test_an_error_in_work_is_raised_for_who_waits_and_stops_no_other_work() -> None:
    done: list[str] = []

    def wrong() -> Iterator[None]:
        yield
        raise ZeroDivisionError

    async def play(slices: Slices) -> None:
        slices.run(wrong(), "account")
        failing = slices.unfinished()
        slices.run(steps(done, "a"), "account")
        unfinished = slices.unfinished()
        assert failing is not None
        assert unfinished is not None
        with pytest.raises(ZeroDivisionError):
            await failing
        await unfinished

    played(play)
    assert done == ["a0", "a1", "a2"]


def test_a_slice_frees_a_part_of_a_map() -> None:
    entries = dict.fromkeys(range(2 * FREED + 1))
    assert [len(entries) for _ in freeing(entries)] == [FREED + 1, 1, 0]
