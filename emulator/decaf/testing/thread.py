"""A server in a thread of this process, with an event loop of its own.

Rule: the world belongs to that thread. Other threads use it by `run` and `call` only.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from decaf.app import make_server
from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.world import World

T = TypeVar("T")

_TIMEOUT = 30.0  # seconds; no call of the server's thread takes longer


class ServerThread:
    """A server that listens until `stop()`.

    Raises OSError when its address cannot be used, BadSetting for settings that contradict each other.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.world = World(settings, clock)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="decaf", daemon=True)
        self._server = make_server(self.world)
        self._thread.start()
        try:
            self.run(self._server.start())
        except BaseException:
            self._end()
            raise

    @property
    def url(self) -> str:
        return self._server.url

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await `coroutine` in the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=_TIMEOUT)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function` in the server's loop."""

        async def _call() -> T:
            return function(*arguments)

        return self.run(_call())

    def stop(self) -> None:
        """Answer waiting requests and stop; a second call does nothing."""
        if not self._loop.is_closed():
            self.run(self._server.stop())
            self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
