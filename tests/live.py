"""The server of tests that come over HTTP: Decaf in the test process, as everybody's tests have it."""

from __future__ import annotations

from emulator.testing import Decaf


class Live(Decaf):
    """A server whose world the test can also reach directly."""

    def advance(self, seconds: float) -> None:
        """Move the server's clock forward; what falls due on the way is done, deliveries included."""
        self.run(self.world.advance(seconds))
