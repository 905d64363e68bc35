"""Tasks that were started and are waited for, by whoever moves the clock, and at the end.

Rule: a task that takes longer than it may in real time is not waited for again, unless it is being cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from decaf.base.clock import in_real_time


class UnderWay:
    """The tasks under way. `patience` is the real time, in seconds, that `settle` waits for one."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._tasks: set[asyncio.Task[None]] = set()
        self._slow: set[asyncio.Task[None]] = set()  # `settle` has given up waiting for them

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start work as a task, in the running event loop."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slow.discard(task)

    @property
    def is_busy(self) -> bool:
        """Whether `settle` has tasks to wait for."""
        return any(self._is_awaited(task) for task in self._tasks)

    def _is_awaited(self, task: asyncio.Task[None]) -> bool:
        return task not in self._slow or task.cancelling() > 0

    async def settle(self) -> None:
        """Wait for the tasks to end, and for those that are started meanwhile."""
        while fresh := {task for task in self._tasks if self._is_awaited(task)}:
            self._slow |= await in_real_time(fresh, self._patience)
            self._slow &= self._tasks

    async def finish(self, seconds: float) -> None:
        """Wait for the tasks under way to end, for at most so many seconds of real time."""
        if self._tasks:
            await in_real_time(set(self._tasks), max(0.0, seconds))

    async def cancel(self) -> None:
        """Cancel all tasks, and wait for their end."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
