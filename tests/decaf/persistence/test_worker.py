"""One thread does the slow work in order, and the event loop hears of each piece that is done."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from decaf.persistence.worker import Worker


def _with_worker(play: Callable[[Worker], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        worker = Worker("decaf-disk")
        await play(worker)
        worker.end()
        assert "decaf-disk" not in [thread.name for thread in threading.enumerate()]

    asyncio.run(run())


def test_work_is_done_in_order_by_a_thread_of_its_own() -> None:
    done: list[tuple[int, str, bool]] = []

    def work(number: int) -> int:
        thread = threading.current_thread()
        done.append((number, thread.name, thread.daemon))
        return number

    async def play(worker: Worker) -> None:
        results = await asyncio.gather(*(worker.submit(partial(work, number)) for number in range(3)))
        assert results == [0, 1, 2]

    _with_worker(play)
    assert done == [(number, "decaf-disk", True) for number in range(3)]


def test_what_the_work_raises_is_raised_where_it_is_awaited_and_the_thread_goes_on() -> None:
    async def play(worker: Worker) -> None:
        with pytest.raises(ZeroDivisionError):
            await worker.submit(lambda: 1 / 0)
        assert await worker.submit(lambda: "latte") == "latte"

    _with_worker(play)


def test_the_end_of_work_is_told_in_the_event_loop() -> None:
    async def play(worker: Worker) -> None:
        told: asyncio.Future[tuple[Any, BaseException | None, str]] = asyncio.get_running_loop().create_future()
        here = threading.current_thread().name
        worker.run(lambda: "latte", lambda *end: told.set_result((*end, threading.current_thread().name)))
        assert await told == ("latte", None, here)

    _with_worker(play)


def test_nobody_has_to_wait_until_the_work_is_done() -> None:
    async def play(worker: Worker) -> None:
        go_on = threading.Event()
        given_up: list[asyncio.Future[Any]] = [worker.submit(go_on.wait), worker.submit(lambda: 1 / 0)]
        for future in given_up:
            future.cancel()
        go_on.set()
        assert await worker.submit(lambda: "latte") == "latte"

    _with_worker(play)


def test_the_end_comes_after_the_work_that_there_is() -> None:
    done: list[str] = []

    async def play(worker: Worker) -> None:
        go_on = threading.Event()
        worker.run(go_on.wait, lambda *_: None)
        worker.run(lambda: done.append("latte"), lambda *_: None)
        go_on.set()

    _with_worker(play)
    assert done == ["latte"]


def test_a_worker_without_work_has_no_thread_to_end() -> None:
    Worker("decaf-disk").end()


def test_a_loop_that_was_closed_is_not_told() -> None:
    worker, go_on = Worker("decaf-disk"), threading.Event()

    async def play() -> None:
        worker.run(go_on.wait, lambda *_: None)

    asyncio.run(play())
    go_on.set()
    worker.end()
