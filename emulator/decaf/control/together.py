"""Works that go on at the same time, such as what is asked of all shards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Returns what works return that go on at the same time."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        if tasks:
            await asyncio.wait(tasks)
        return [task.result() for task in tasks]
    finally:
        end_all(tasks)


async def until_first(works: Iterable[Coroutine[Any, Any, None]], enough: Callable[[], bool]) -> None:
    """Wait for works that go on at the same time, until all have ended, or `enough` has come of them.

    Raises Refused when one of them does.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    going = tasks
    try:
        while going and not enough():
            await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
            for task in going:
                if task.done() and not enough():
                    task.result()
            going = [task for task in going if not task.done()]
    finally:
        end_all(tasks)


def end_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """End tasks whose results nobody wants any more."""
    for task in tasks:
        task.cancel()
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
