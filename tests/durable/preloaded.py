"""A library that stands before the system's in a server's process, and is told what to do by a file in memory."""

from __future__ import annotations

import mmap
import shutil
import subprocess
from pathlib import Path
from struct import Struct

import pytest


def preloaded(source: str, orders: Struct, variable: str, folder: Path) -> tuple[dict[str, str], mmap.mmap]:
    """Compile a C file beside this one. Returns the environment of a process that loads it, and its orders, all zero.

    The process finds the file of its orders in the environment's `variable`. Without a C compiler the test is skipped.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip(f"there is no C compiler for {source}")
    code = Path(__file__).with_name(source)
    library, file = folder / f"{code.stem}.so", folder / f"{code.stem}-orders"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, code, "-ldl"], check=True)
    file.write_bytes(bytes(orders.size))
    with file.open("r+b") as opened:
        return {"LD_PRELOAD": str(library), variable: str(file)}, mmap.mmap(opened.fileno(), orders.size)
