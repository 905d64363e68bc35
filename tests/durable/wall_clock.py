"""A wall clock that tests set, for a server in a process of its own."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.durable.preloaded import preloaded

_AHEAD = struct.Struct("q")


class WallClock:
    """The wall clock that the server sees. At first it is the system's.

    Needs a C compiler; without one the test is skipped.
    """

    def __init__(self, folder: Path) -> None:
        self.environment, self._shared = preloaded("clock.c", _AHEAD, "CLOCK_ORDERS", folder)

    def set(self, seconds: int) -> None:
        """From now on it is so many seconds ahead of the system's, or behind it."""
        self._shared[:] = _AHEAD.pack(seconds)

    def close(self) -> None:
        self._shared.close()
