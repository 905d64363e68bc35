"""A limit on how long something takes, by the clock."""

from __future__ import annotations

import asyncio

import pytest

from decaf.base.clock import Clock, give_way
from decaf.base.time_limit import within


def test_what_takes_too_long_is_cancelled_and_said_to_be_so() -> None:
    async def play() -> None:
        clock, told = Clock(lambda: 0.0), []

        async def work() -> None:
            with pytest.raises(TimeoutError):
                async with within(clock, 2.0, "it takes too long", lambda: told.append("cancelled")):
                    await asyncio.Event().wait()

        task = asyncio.ensure_future(work())
        await give_way()
        clock.advance(1.9)
        assert (clock.next_due(), told) == (2.0, [])
        clock.advance(0.1)
        await task
        assert (clock.next_due(), told) == (None, ["cancelled"])

    asyncio.run(play())


def test_what_ends_in_time_is_left_alone() -> None:
    async def play() -> None:
        clock = Clock(lambda: 0.0)
        async with within(clock, 2.0, "it takes too long"):
            pass
        assert clock.next_due() is None

    asyncio.run(play())


def test_another_cancellation_stays_one() -> None:
    async def play() -> None:
        async def work() -> None:
            async with within(Clock(lambda: 0.0), 2.0, "it takes too long"):
                await asyncio.Event().wait()

        task = asyncio.ensure_future(work())
        await give_way()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(play())
