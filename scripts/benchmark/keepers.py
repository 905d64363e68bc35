"""`python -m scripts.benchmark.keepers [--directory DIR]`: what a commit costs in SQLite and in PostgreSQL.

Batches as the journal makes them when so many callers wait: messages of 1 KiB are sent, then received, then deleted,
each in a commit that waits for the disk. Both keepers are called without a server, and take turns. CPU is that of this
process alone; that of PostgreSQL comes on top, in its own.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from decaf.persistence.batch import Batch, Inserted, key_of
from decaf.persistence.disk import Disk
from decaf.persistence.keeper import Keeper
from decaf.sqs.message import State
from tests.postgres.owning import keeper
from tests.postgres.server import running

from . import machine
from .recorded import BODY
from .samples import spread, table

CALLERS = (1, 16, 64)


def cycles(callers: int) -> Iterator[Batch]:
    """Yield the commits of messages that are sent, received and deleted, without end."""
    number = 1
    while True:
        numbers = range(number, number + callers)
        yield Batch(inserted=[_row(each, State.VISIBLE) for each in numbers])
        yield Batch(changed=[_row(each, State.IN_FLIGHT) for each in numbers])
        yield Batch(deleted=[(key_of(1, each),) for each in numbers])
        number += callers


def _row(number: int, state: State) -> Inserted:
    is_received = state is State.IN_FLIGHT
    first = 1.0 if is_received else None
    due, received = (30.0, 1.0) if is_received else (0.0, 0.0)
    identity = f"7ad6cf25-9f3c-4f04-9d55-{number:012}"
    return key_of(1, number), state, due, int(is_received), 0, first, received, identity, 1.0, "AIDA", BODY, None


def commits(kept: Keeper, batches: Iterator[Batch], seconds: float) -> tuple[float, float]:
    """Returns the milliseconds of a commit, and its microseconds of CPU in this process."""
    count, began, busy = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < began + seconds:
        kept.apply(next(batches))
        count += 1
    return (time.perf_counter() - began) / count * 1e3, (time.process_time() - busy) / count * 1e6


def measure(directory: Path, seconds: float, rounds: int) -> list[list[str]]:
    """Returns a row for each keeper and number of callers."""
    rows = []
    with ExitStack() as stack:
        server = stack.enter_context(running(True, directory.parent))
        kept: dict[str, Keeper] = {"SQLite": Disk(directory / "data", "commit")}
        kept["PostgreSQL"] = keeper(server.make_database())
        for each in kept.values():
            stack.callback(each.close)
        for callers in CALLERS:
            taken: dict[str, list[tuple[float, float]]] = {name: [] for name in kept}
            batches = {name: cycles(callers) for name in kept}
            for _ in range(rounds):
                for name, each in kept.items():
                    taken[name].append(commits(each, batches[name], seconds))
            for name, samples in taken.items():
                of_all, of_cpu = zip(*samples, strict=True)
                rows.append([f"{callers}", name, spread([*of_all], 2), spread([each / callers for each in of_cpu])])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmark.keepers", description=__doc__)
    parser.add_argument("--directory", help="directory on the disk to measure [the temporary directory]")
    parser.add_argument("--seconds", type=float, default=1.0, help="seconds of each measurement [1]")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(machine.described(()), flush=True)
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        rows = measure(Path(directory), arguments.seconds, arguments.rounds)
    print("\n" + table(["callers", "keeper", "ms a commit", "CPU us a change"], rows))


if __name__ == "__main__":
    main()
