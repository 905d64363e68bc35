"""The server of tests that come over HTTP: Decaf in the test process, as everybody's tests have it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.testing import Decaf
from decaf.testing.environment import REGION
from decaf.testing.thread import ServerThread
from decaf.world import World
from tests.again import check_followed
from tests.follower import Follower
from tests.postgres.owning import opened


class Live(Decaf):
    """A server whose world the test can also reach directly; when `restarting`, it is another one at each call."""

    _restarting = False
    follower: Follower | None = None

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None, restarting: bool = False) -> None:
        super().__init__(settings, clock)
        self._restarting = restarting

    def world_of(self, account: str) -> World:
        """Returns the world that has an account in the default region."""
        return self.world

    def worlds(self) -> list[World]:
        """Returns the worlds that an account may have something in."""
        return [self.world]

    def follow(self) -> None:
        """Write from now on what the world reports as changed, unless a durable store does."""
        if self.follower is None and self.world.durable_store is None:
            self.follower = self.call(Follower, self.world, _soon)

    def _check_followed(self, account: str) -> None:
        """The changes of each call have to be marked anew."""
        if self.follower is not None and threading.current_thread() is threading.main_thread():
            self.call(check_followed, self.follower, account)

    def restart(self) -> None:
        """Stop, and start again at the same address; not while somebody waits, or acts in another thread."""
        waiting = self.call(lambda: any(queue.waiters for queue in self.world.queues()))
        if waiting or threading.current_thread() is not threading.main_thread():
            return
        settings = replace(self.world.settings, port=int(self.url.rpartition(":")[2]))
        self.stop()
        self._thread = self._started(settings, None)

    def _started(self, settings: Settings, clock: Clock | None) -> ServerThread:
        return ServerThread(settings, clock, opened(settings) if settings.store else None)

    def client(self, service: str, account: str | None = None, region: str = REGION, **more: Any) -> Any:
        client = super().client(service, account, region, **more)
        if self._restarting:
            client.meta.events.register("before-call", lambda **_: self.restart())
        if self.follower is not None:
            client.meta.events.register("before-call", lambda **_: self._check_followed(account or self.account))
        return client

    def advance(self, seconds: float) -> None:
        """Move the server's clock forward; what falls due on the way is done, deliveries included."""
        self.run(self.world.advance(seconds))

    def until_somebody_waits(self, account: str, queue_name: str) -> None:
        """Return once a long poll is parked at a queue."""
        self.run(self._until(account, queue_name, waits=True))

    def until_nobody_waits(self, account: str, queue_name: str) -> None:
        """Return once no long poll is parked at a queue."""
        self.run(self._until(account, queue_name, waits=False))

    async def _until(self, account: str, queue_name: str, waits: bool) -> None:
        queue = self.world_of(account).store.find_queue(account, "us-east-1", queue_name)
        assert queue is not None
        while bool(queue.waiters) is not waits:
            await asyncio.sleep(0)


def _soon(write: Callable[[], None]) -> None:
    """Write at the end of the call that is being done in the running event loop."""
    asyncio.get_running_loop().call_soon(write)
