"""An event loop whose thread shares what it owns: while it has nothing to do, other threads may act in its place.

Rule: who acts holds the loop's lock. The loop's own thread holds it always, except while it waits for the operating
system. So a call from another thread costs a lock, and no switch of threads.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from asyncio.events import _get_running_loop, _set_running_loop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any


class SharedLoop(asyncio.SelectorEventLoop):
    """An event loop that `run` runs in one thread, and that other threads use inside `acting`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a handler in the loop's own thread may act too
        self._owner: int | None = None
        super().__init__(_Yielding(self._lock))
        self.set_debug(False)  # in debug mode asyncio refuses all other threads

    def run(self) -> None:
        """Run until `stop` is called."""
        with self._lock:
            self._owner = threading.get_ident()
            self.run_forever()

    @property
    def is_own_thread(self) -> bool:
        """Whether the calling thread is the one that runs the loop."""
        return threading.get_ident() == self._owner

    @contextmanager
    def acting(self) -> Iterator[None]:
        """While this lasts, the calling thread acts in the place of the loop's own, and nothing else does."""
        with self._lock:
            running = _get_running_loop()
            _set_running_loop(self)
            try:
                yield
            finally:
                _set_running_loop(running)

    # asyncio's own do not wake a loop that waits, since they expect to be called in its thread only

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:  # type: ignore[override]
        call = super().call_soon if self.is_own_thread else super().call_soon_threadsafe
        return call(callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = super().call_at(when, callback, *args, context=context)
        if not self.is_own_thread:
            self.call_soon_threadsafe(_look_again)
        return timer


class _Yielding(selectors.DefaultSelector):
    """A selector that releases the lock while it waits."""

    def __init__(self, lock: Any) -> None:
        super().__init__()
        self._lock = lock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._lock.release()
        try:
            ready: list[tuple[selectors.SelectorKey, int]] = super().select(timeout)
            return ready
        finally:
            self._lock.acquire()


def _look_again() -> None:
    """Do nothing: the loop then works out anew how long it may wait."""
