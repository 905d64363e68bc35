"""A Decaf server in a thread of the test process, for tests that come over HTTP with real clients."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from emulator.clock import Clock
from emulator.server import Server
from emulator.settings import Settings
from emulator.world import World

T = TypeVar("T")

SESSION = boto3.session.Session()
DEFAULT_ACCOUNT = "000000000000"


class Live:
    """The server, its world, and ways to act on the world from the test's own thread."""

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="decaf", daemon=True)
        self._thread.start()
        self.world = World(settings or Settings(port=0), clock)
        self._server = Server(self.world)
        self.run(self._server.start())
        self.url = self._server.url

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await `coroutine` in the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=30)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function` in the server's loop."""

        async def _call() -> T:
            return function(*arguments)

        return self.run(_call())

    def advance(self, seconds: float) -> None:
        """Move the server's clock forward."""
        self.call(self.world.clock.advance, seconds)

    def until_somebody_waits(self, account: str, queue_name: str) -> None:
        """Return once a long poll is parked at a queue."""

        async def until() -> None:
            queue = self.world.store.find_queue(account, "us-east-1", queue_name)
            assert queue is not None
            while not queue.waiters:
                await asyncio.sleep(0)

        self.run(until())

    def client(self, service: str, account: str = DEFAULT_ACCOUNT, region: str = "us-east-1") -> Any:
        """A boto3 client of `account` that does not retry."""
        return SESSION.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def stop(self) -> None:
        self.run(self._server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
