"""A disk that fails when told to, for a server in a process of its own: full, broken, or dead between two writes."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.durable.preloaded import preloaded

_ORDERS = struct.Struct("7i")


class FaultyDisk:
    """What happens to what the server writes into its data directory. At first nothing does.

    Needs a C compiler; without one the test is skipped.
    """

    def __init__(self, folder: Path) -> None:
        self.environment, self._shared = preloaded("disk.c", _ORDERS, "DISK_ORDERS", folder)

    def fail(self, *, write: int = 0, sync: int = 0, room: int = 0, read: int = 0) -> None:
        """From now on writes, after so many bytes, fsyncs or reads fail with an errno."""
        self._order(write, sync, room, 0, 0, read)

    def recover(self) -> None:
        """From now on everything succeeds."""
        self._order(0, 0, 0, 0, 0)

    def kill_at(self, call: int, tear: bool = False) -> None:
        """The process does not survive its call of that number from now on; `tear`: half of what it writes remains."""
        self._order(0, 0, 0, call, int(tear))

    @property
    def calls(self) -> int:
        """How often the disk was written or synced."""
        return int(_ORDERS.unpack(self._shared)[5])

    def close(self) -> None:
        self._shared.close()

    def _order(self, write: int, sync: int, room: int, kill_at: int, tear: int, read: int = 0) -> None:
        self._shared[:] = _ORDERS.pack(write, sync, room, kill_at, tear, self.calls, read)
