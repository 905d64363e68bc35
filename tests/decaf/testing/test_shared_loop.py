"""The loop that other threads may act in: they wake it, one at a time, and never while it acts itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from decaf.testing.shared_loop import SharedLoop


@pytest.fixture
def loop() -> Iterator[SharedLoop]:
    """A loop that runs in a thread, and sleeps since it has nothing to do."""
    loop = SharedLoop()
    thread = threading.Thread(target=loop.run)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_callback_of_another_thread_wakes_it(loop: SharedLoop) -> None:
    woken = threading.Event()
    with loop.acting():
        asyncio.get_running_loop().call_soon(woken.set)
    assert woken.wait(10)


def test_a_timer_of_another_thread_wakes_it(loop: SharedLoop) -> None:
    rung = threading.Event()
    with loop.acting():
        asyncio.get_running_loop().call_later(0.001, rung.set)
    assert rung.wait(10)


def test_a_future_that_another_thread_resolves_wakes_who_awaits_it(loop: SharedLoop) -> None:
    with loop.acting():
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def awaited() -> str:
        return await future

    result = asyncio.run_coroutine_threadsafe(awaited(), loop)
    with loop.acting():
        future.set_result("latte")
    assert result.result(10) == "latte"


def test_nothing_else_runs_while_a_thread_acts(loop: SharedLoop) -> None:
    ran = threading.Event()
    with loop.acting():
        loop.call_soon_threadsafe(ran.set)
        assert not ran.wait(0.05)
    assert ran.wait(10)


def test_the_threads_own_loop_is_as_before_afterwards(loop: SharedLoop) -> None:
    async def act() -> None:
        own = asyncio.get_running_loop()
        with loop.acting():
            assert asyncio.get_running_loop() is loop
            with loop.acting():
                pass
            assert asyncio.get_running_loop() is loop
        assert asyncio.get_running_loop() is own

    asyncio.run(act())


def test_threads_that_act_at_once_lose_nothing(loop: SharedLoop) -> None:
    counted = {"here": 0, "in the loop": 0}
    done = threading.Barrier(5)

    def count(where: str) -> None:
        counted[where] += 1

    def act() -> None:
        for _ in range(500):
            with loop.acting():
                count("here")
                asyncio.get_running_loop().call_soon(count, "in the loop")
        done.wait(10)

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    done.wait(10)
    for thread in threads:
        thread.join()

    async def nothing() -> None: ...

    asyncio.run_coroutine_threadsafe(nothing(), loop).result(10)
    assert counted == {"here": 2000, "in the loop": 2000}
