"""A thread that does what may take its time, in order, and tells an event loop when each is done.

Rule: handing over costs a few microseconds, since every answer that waits for the disk pays for it: a queue there, a
call of the loop's back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

Ended = Callable[[Any, BaseException | None], None]  # what came of the work, or what it raised
_Order = tuple[asyncio.AbstractEventLoop, Callable[[], Any], Ended]


class Worker:
    """One thread of that name, there from the first work on until `end()`."""

    def __init__(self, name: str) -> None:
        self._orders: SimpleQueue[_Order | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)

    def do(self, work: Callable[[], Any], ended: Ended) -> None:
        """Do `work` after all that was given before; the running event loop then calls `ended`."""
        if self._thread.ident is None:
            self._thread.start()
        self._orders.put((asyncio.get_running_loop(), work, ended))

    def ask(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """What `work` gives, once it was its turn."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def ended(result: T, error: BaseException | None) -> None:
            if answer.cancelled():
                return
            if error is None:
                answer.set_result(result)
            else:
                answer.set_exception(error)

        self.do(work, ended)
        return answer

    def end(self) -> None:
        """Let the thread end, and wait for that: nothing more is done."""
        if self._thread.ident is not None:
            self._orders.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            loop, work, ended = order
            result, error = None, None
            try:
                result = work()
            except BaseException as raised:
                error = raised
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(ended, result, error)
