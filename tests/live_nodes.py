"""The server of tests that come over HTTP as two nodes over one database, which share the state out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from msgspec.structs import replace

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.node.node import Node
from decaf.testing.environment import REGION
from decaf.testing.thread import ServerThread
from decaf.world import World
from tests.live import Live

SHARDS = 4
_TIMEOUT = 30.0  # seconds

T = TypeVar("T")


class LiveNodes(Live):
    """Two nodes, of which clients know the first. Half of the shards are the second's."""

    _nodes: Nodes

    def world_of(self, account: str) -> World:
        return self._nodes.world_in(self._nodes.shard_of(account))

    def worlds(self) -> list[World]:
        return [self._nodes.world_in(shard) for shard in range(SHARDS)]

    def advance(self, seconds: float) -> None:
        self.control.advance(seconds)

    def follow(self) -> None:
        """All is written."""

    def _started(self, settings: Settings, clock: Clock | None) -> ServerThread:
        self._nodes = Nodes(replace(settings, shards=SHARDS, lease=4.0))
        return self._nodes  # type: ignore[return-value]  # all that is asked of it here it has


class Nodes:
    """Two nodes that run in a thread of their own, once each has half of the shards."""

    def __init__(self, settings: Settings) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="nodes", daemon=True)
        self._thread.start()
        self._nodes = [Node(settings), Node(settings)]
        for node in self._nodes:
            self.run(node.start())
        self.run(self._until_shared_out())

    @property
    def url(self) -> str:
        return self._nodes[0].url

    def world_in(self, shard: int) -> World:
        """Returns the world of a shard."""
        seats = (node._seats[shard] for node in self._nodes)
        return next(seat.active.world for seat in seats if seat.active is not None)

    def shard_of(self, account: str) -> int:
        """Returns the shard of an account, which has made a call by way of the first node."""
        shard = self._nodes[0]._shards.find(account, REGION)
        assert shard is not None
        return shard

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await `coroutine` in the nodes' loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_TIMEOUT)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function` in the nodes' loop."""

        async def call() -> T:
            return function(*arguments)

        return self.run(call())

    def stop(self) -> None:
        if self._loop.is_closed():
            return
        for node in self._nodes:
            self.run(node.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _until_shared_out(self) -> None:
        async with asyncio.timeout(_TIMEOUT):
            while any(sum(seat.owns for seat in node._seats) != SHARDS // 2 for node in self._nodes):
                await asyncio.sleep(0.01)
