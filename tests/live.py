"""The server of tests that come over HTTP: Decaf in the test process, as everybody's tests have it."""

from __future__ import annotations

import asyncio

from emulator.testing import Decaf


class Live(Decaf):
    """A server whose world the test can also reach directly."""

    def advance(self, seconds: float) -> None:
        """Move the server's clock forward; what falls due on the way is done, deliveries included."""
        self.run(self.world.advance(seconds))

    def until_somebody_waits(self, account: str, queue_name: str) -> None:
        """Return once a long poll is parked at a queue."""

        async def until() -> None:
            queue = self.world.store.find_queue(account, "us-east-1", queue_name)
            assert queue is not None
            while not queue.waiters:
                await asyncio.sleep(0)

        self.run(until())
