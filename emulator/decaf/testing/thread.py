"""A server in a thread of this process, with an event loop of its own.

Rule: the world belongs to that thread. Other threads use it by `run`, `call` and `answer` only.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from decaf.app import make_server
from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.handling import Handling
from decaf.testing.shared_loop import SharedLoop
from decaf.world import World
from decaf_protocol import Reply, Request

if TYPE_CHECKING:
    from decaf.persistence.opening import Opened

T = TypeVar("T")

_TIMEOUT = 30.0  # seconds; no call of the server's thread takes longer


class Stopped(Exception):
    """The server has been stopped."""


class ServerThread:
    """A server that listens until `stop()`. It goes on with a state that was `opened`.

    Raises OSError when its address cannot be used, BadSetting for settings that contradict each other.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None, opened: Opened | None = None) -> None:
        self.world = World(settings, clock, opened=opened)
        self._handling = Handling(self.world)
        self._loop = SharedLoop()
        self._thread = threading.Thread(target=self._loop.run, name="decaf", daemon=True)
        self._server = make_server(self.world)
        self._waiting: dict[Future[Reply], asyncio.Task[Reply]] = {}  # the tasks of what `answer` returned
        self._stopped = False
        self._thread.start()
        try:
            self.run(self._server.start())
        except BaseException:
            self._end()
            raise

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def urls(self) -> list[str]:
        return self._server.urls

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await `coroutine` in the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=_TIMEOUT)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function` as in the server's loop."""
        with self._loop.acting():
            return function(*arguments)

    def answer(self, request: Request) -> Reply | Future[Reply]:
        """Returns the reply to the request of an AWS client, or a future of it for one that waits.

        Raises Dropped, as the future may, when a fault leaves the request without a reply, and Stopped.
        """
        with self._loop.acting():
            if self._stopped:
                raise Stopped
            limit = self._handling.max_body(request.target)
            if len(request.body) > limit:
                return self._handling.too_large(request, limit)
            reply = self._handling.handle(request)
            return reply if isinstance(reply, Reply) else self._later(reply)

    def hang_up(self, reply: Future[Reply]) -> None:
        """Let the request of a future end, as when its client has gone. The server knows it when this returns."""
        task = self._waiting.get(reply)
        if task is not None and not self._stopped:
            self.run(_cancel(task))

    def stop(self) -> None:
        """Answer waiting requests and stop; a second call does nothing."""
        if not self._loop.is_closed():
            self.run(self._stop())
            self._end()

    def _later(self, reply: Awaitable[Reply]) -> Future[Reply]:
        task = self._loop.create_task(_awaited(reply))
        future = asyncio.run_coroutine_threadsafe(_awaited(task), self._loop)
        self._waiting[future] = task
        future.add_done_callback(self._waiting.pop)
        return future

    async def _stop(self) -> None:
        self._stopped = True
        await self._server.stop()
        if self._waiting:
            await asyncio.wait(self._waiting.values())

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel(task: asyncio.Task[Reply]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def _awaited(reply: Awaitable[Reply]) -> Reply:
    return await reply
