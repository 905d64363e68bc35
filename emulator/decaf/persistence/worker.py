"""A thread that runs slow work in order, and calls back in the event loop when each piece is done.

Rule: to hand over a piece is cheap, since every reply that waits for the disk pays for it: one queue there,
one `call_soon_threadsafe` back. An executor of the standard library costs half as much again (50 us of CPU, against
32, for a piece of no work that is awaited).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from decaf.persistence.keeper import Write

T = TypeVar("T")

Ended = Callable[[Any, BaseException | None], None]  # the result of the work, and the exception that it raised
Job = tuple[asyncio.AbstractEventLoop, Callable[[], Any], Ended]
Take = Callable[
    [], tuple[Write, Ended] | None
]  # a batch to be written, if there is one by now, and what to call in the end


class Worker:
    """One thread of that name, from the first work until `end()`."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)

    def run(self, work: Callable[[], Any], ended: Ended) -> None:
        """Run `work` after all earlier work; then call `ended` in the running event loop."""
        if self._thread.ident is None:
            self._thread.start()
        self._jobs.put((asyncio.get_running_loop(), work, ended))

    def write(self, take: Take) -> None:
        """Write what `take` returns, which is called at once, or in the event loop when it can be written."""
        taken = take()
        if taken is not None:
            self.run(*taken)

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run `work` after all earlier work; returns the future of its result."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def ended(result: T, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self.run(work, ended)
        return future

    def end(self) -> None:
        """End the thread after the work it has, and wait for that."""
        if self._thread.ident is not None:
            self._jobs.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._do(job)

    def _do(self, job: Job) -> None:
        loop, work, ended = job
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the loop was closed: nobody waits
            loop.call_soon_threadsafe(ended, result, error)
