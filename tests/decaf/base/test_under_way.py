"""Tasks that are waited for."""

from __future__ import annotations

import asyncio

from decaf.base.under_way import UnderWay


def test_settling_waits_for_all_also_for_those_started_meanwhile() -> None:
    async def play() -> None:
        under_way, done = UnderWay(60.0), []

        async def work(number: int) -> None:
            await asyncio.sleep(0)
            done.append(number)
            if number < 3:
                under_way.start(work(number + 1))

        under_way.start(work(1))
        assert (len(under_way), under_way.is_busy) == (1, True)
        await under_way.settle()
        assert (done, len(under_way), under_way.is_busy) == ([1, 2, 3], 0, False)

    asyncio.run(play())


def test_a_slow_task_is_not_waited_for_again_until_it_is_cancelled() -> None:
    async def play() -> None:
        under_way = UnderWay(0.0)
        task = under_way.start(asyncio.Event().wait())  # type: ignore[arg-type]
        await under_way.settle()
        assert (under_way.is_busy, len(under_way)) == (False, 1)
        task.cancel()
        assert under_way.is_busy
        await under_way.cancel()
        assert len(under_way) == 0

    asyncio.run(play())
