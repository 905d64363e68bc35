"""`python -m scripts.benchmark.durable [--directory DIR]`: the cost of durability.

SendMessage of 1 KiB on a server with a data directory, compared with one without, with the only node over a PostgreSQL
on the same disk, and with two bare loops there: one that writes as many bytes and syncs them, one in which SQLite
commits a row. They take turns, so that all have the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from tests.postgres.server import running

from . import machine
from .recorded import BODY
from .samples import ratio, spread, table
from .servers import Server, announced, end
from .wire_rows import send

MEMORY, NODE, BARE, SQLITE = "memory", "commit, PostgreSQL", "write + fsync", "SQLite, a row each"
LEVELS = ("commit", "second", "none")
WIRES = (1, 16, 64)

_COMMIT = 2 * 4_096  # bytes that the commit of one message writes on average: its page, and every third time a new one
_LOG = 512 * _COMMIT  # bytes, as long as SQLite's log gets before it is written from its start again


@contextmanager
def server(level: str, directory: Path, store: str, core: int | None) -> Iterator[Server]:
    """A server with the durability `level`, in a new data directory there or in a database."""
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0"]
    if level == NODE:
        command += ["--store", store]
    elif level != MEMORY:
        command += ["--data-dir", str(directory / level), "--durability", level]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True
    )
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    try:
        yield Server(level, announced(process), process.pid)
    finally:
        end(process)


def syncs(directory: Path, seconds: float) -> float:
    """Return how often a loop writes and syncs the bytes of a commit in a second, in a file as long as SQLite's log."""
    file = os.open(directory / "bare", os.O_CREAT | os.O_WRONLY)
    count, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        os.pwrite(file, bytes(_COMMIT), count * _COMMIT % _LOG)
        os.fdatasync(file)
        count += 1
    rate = count / (time.perf_counter() - began)
    os.close(file)
    return rate


def rows(directory: Path, seconds: float) -> float:
    """Return how many rows of 1 KiB SQLite commits in a second, one per commit."""
    with closing(sqlite3.connect(directory / "bare.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows (body TEXT)")
        count, began = 0, time.perf_counter()
        while time.perf_counter() < began + seconds:
            connection.execute("INSERT INTO rows VALUES (?)", (BODY,))
            count += 1
        return count / (time.perf_counter() - began)


async def measure(directory: Path, seconds: float, rounds: int) -> dict[tuple[int, str], list[float]]:
    """Return messages per second by number of connections and level; for the bare loops, commits per second."""
    server_core, client_core = machine.cores()
    if client_core is not None:
        os.sched_setaffinity(0, {client_core})
    rates: dict[tuple[int, str], list[float]] = {}
    with ExitStack() as stack:
        store = stack.enter_context(running(True, directory.parent)).make_database()
        levels = (MEMORY, *LEVELS, NODE)
        servers = [stack.enter_context(server(level, directory, store, server_core)) for level in levels]
        for wires in WIRES:
            for _ in range(rounds):
                for one in servers:
                    sample = await send(one, seconds, wires)
                    rates.setdefault((wires, one.name), []).append(sample.rate)
                rates.setdefault((wires, BARE), []).append(syncs(directory, seconds))
                rates.setdefault((wires, SQLITE), []).append(rows(directory, seconds))
    return rates


def report(rates: dict[tuple[int, str], list[float]]) -> str:
    """Return a Markdown table: medians with their ranges, and their ratio to the same in memory."""
    rows = [
        [f"{wires} connections", level, spread(rates[wires, level]), ratio(rates[wires, level], rates[wires, MEMORY])]
        for wires in WIRES
        for level in (MEMORY, *LEVELS, NODE, BARE, SQLITE)
    ]
    return table(["SendMessage, 1 KiB", "durability", "per second", "of memory"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmark.durable", description=__doc__)
    parser.add_argument("--directory", help="directory on the disk to measure [the temporary directory]")
    parser.add_argument("--seconds", type=float, default=1.0, help="seconds of each measurement [1]")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(machine.described(()), flush=True)
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        print(f"\n{report(asyncio.run(measure(Path(directory), arguments.seconds, arguments.rounds)))}")


if __name__ == "__main__":
    main()
