"""A wall clock that tests set, for a server in a process of its own."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

_AHEAD = struct.Struct("q")
_SOURCE = Path(__file__).parent / "clock.c"


class WallClock:
    """The wall clock that the server sees. At first it is the system's.

    Needs a C compiler; without one the test is skipped.
    """

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("there is no C compiler to make a wall clock with")
        library, orders = folder / "clock.so", folder / "clock-orders"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl"], check=True)
        orders.write_bytes(bytes(_AHEAD.size))
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_ORDERS": str(orders)}
        with orders.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _AHEAD.size)

    def set(self, seconds: int) -> None:
        """From now on it is so many seconds ahead of the system's, or behind it."""
        self._shared[:] = _AHEAD.pack(seconds)

    def close(self) -> None:
        self._shared.close()
