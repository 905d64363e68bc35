"""Long work in slices: the event loop does all its other work between two of them, so that no client has to wait.

Rule: work is a generator, and one slice is what it does until it yields: a few milliseconds. Several works are done one
after the other. Without a running event loop nobody waits, and work is done at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from decaf.base.clock import give_way

T = TypeVar("T")
R = TypeVar("R")

FREED = 10_000  # entries of a map that one slice frees


async def gradually(work: Generator[None, None, T]) -> T:
    """Do long work, and let the event loop do all its other work between two slices. Returns what the work does."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        await give_way()


def at_once(work: Generator[None, None, T]) -> T:
    """Do long work without a break. Returns what it does."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


class Busy(Exception):
    """Long work is under way, and a call has to be made again when that is `over`."""

    def __init__(self, over: asyncio.Future[None]) -> None:
        super().__init__("long work is under way")
        self._over = over

    async def over(self) -> None:
        """Wait until the work is done, or was dropped."""
        await asyncio.wait([self._over])

    def then(self, action: Callable[[], None]) -> None:
        """Call `action` when the work is done, or was dropped."""
        self._over.add_done_callback(lambda _: action())


@dataclass(slots=True, eq=False)
class _Work:
    slices: Iterator[None]
    account: str
    done: asyncio.Future[None]


class Slices:
    """Long work that is not done. It is done at once before `open()` and after `close()`."""

    __slots__ = ("_loop", "_next", "_works")

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._works: deque[_Work] = deque()
        self._next: asyncio.Handle | None = None  # the next slice

    def open(self) -> None:
        """Work in slices from now on, in the running event loop."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Finish all work now."""
        self.finish()
        self._loop = None

    def run(self, slices: Iterator[None], account: str) -> asyncio.Future[None] | None:
        """Start work for an account: its first slice is done soon, after all work before.

        Returns a future that is done when the work is, None if it is already.
        """
        if self._loop is None:
            deque(slices, maxlen=0)
            return None
        work = _Work(slices, account, self._loop.create_future())
        self._works.append(work)
        if self._next is None:
            self._next = self._loop.call_soon(self._do_next)
        return work.done

    @property
    def is_busy(self) -> bool:
        """Whether work is left."""
        return bool(self._works)

    def unfinished(self) -> asyncio.Future[None] | None:
        """Returns a future that is done when all work so far is, None when there is none."""
        return asyncio.shield(self._works[-1].done) if self._works else None

    async def finished(self) -> None:
        """Wait until all work so far is done."""
        if self._works:
            await asyncio.wait([self._works[-1].done])

    def check(self) -> None:
        """Raises Busy when work is left."""
        if self._works:
            raise Busy(self._works[-1].done)

    def drop(self, account: str | None = None) -> None:
        """Leave undone the work for an account, or all work."""
        for work in list(self._works):
            if account in (None, work.account):
                self._end(work)

    def finish(self) -> None:
        """Do now all that is left."""
        while self._works:
            work = self._works[0]
            deque(work.slices, maxlen=0)
            self._end(work)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """As long as this lasts, work is done at once."""
        self.finish()
        loop, self._loop = self._loop, None
        try:
            yield
        finally:
            self._loop = loop

    def _do_next(self) -> None:
        self._next = None
        if not self._works or self._loop is None:
            return
        work = self._works[0]
        self._next = self._loop.call_soon(self._do_next)
        try:
            next(work.slices)
        except StopIteration:
            self._end(work)
        except Exception as error:
            self._works.remove(work)
            work.done.set_exception(error)

    def _end(self, work: _Work) -> None:
        self._works.remove(work)
        work.done.set_result(None)


def each(items: Iterable[T], action: Callable[[T], object], size: int) -> Iterator[None]:
    """Returns the slices that do `action` with each of the items, `size` of them at a time."""
    for count, item in enumerate(items, 1):
        action(item)
        if count % size == 0:
            yield


def mapped(items: Iterable[T], action: Callable[[T], R], size: int) -> Generator[None, None, list[R]]:
    """Returns what `action` returns for each of the items, as work of slices with `size` of them."""
    found: list[R] = []
    for item in items:
        found.append(action(item))
        if len(found) % size == 0:
            yield
    return found


def freeing(entries: dict[Any, Any]) -> Iterator[None]:
    """Returns the slices that free a large map which nobody needs any more."""
    while entries:
        for _ in range(min(FREED, len(entries))):
            entries.popitem()
        yield
