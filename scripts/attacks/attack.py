"""What an attack is: it does its worst to a server, and returns what it saw when the server held, or raises Fell.

Rule: an attack is bounded in count and time, reaches 127.0.0.1 only, and starts its servers itself. What it does
follows from the seed. Time decides nothing but whether a server answers at all: PATIENCE is long enough for a busy
machine.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from decaf.base.clock import seconds
from tests.durable.calls import Calls, Refusal, Unanswered
from tests.durable.process import Process

PATIENCE = 5.0  # seconds until a ping counts as not answered


class Fell(Exception):
    """An attack had an effect that it must not have; the text is the evidence."""


class NotTried(Exception):
    """An attack needs something that this machine does not have; the text says what."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is tried. What is drawn by chance follows from the seed."""

    long: bool
    seed: int
    directory: Path  # empty, for the attack alone

    def count(self, short: int, long: int) -> int:
        return long if self.long else short

    def chance(self) -> random.Random:
        return random.Random(self.seed)

    @contextmanager
    def server(self, *flags: str, name: str = "server", durability: str = "none") -> Iterator[Process]:
        """A server in a process of its own, with a data directory. What it logs must not be an error of its own."""
        log, words = self.directory / f"{name}.log", ("--durability", durability, "--log-level", "warning", *flags)
        with Process(self.directory / name, *words, log_file=log) as process:
            yield process
            check(process.stop() == 0, f"the server did not stop with status 0: {process.log[-500:]}")
        for wrong in ("internal error", "Unhandled exception", "cannot be written"):
            if wrong in process.log:
                raise Fell(f"the server's log has: {_around(process.log, wrong)}")


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack: its name, what it tries, and the function that does it."""

    name: str
    tried: str
    run: Callable[[Scale], str]


class Ping:
    """Another client's calls, one after the other beside an attack; `worst` is the longest time of one in seconds."""

    def __init__(self, server: Process) -> None:
        self.worst = 0.0
        self.count = 0
        self._port = server.port
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ping)

    def _ping(self) -> None:
        with Calls(self._port) as calls:
            while not self._over.wait(0.02):
                began = seconds()
                try:
                    calls.sqs("ListQueues")
                except (Unanswered, Refusal) as error:
                    self.worst = float("inf")
                    print(f"a ping was not answered: {error!r}")
                    return
                self.worst = max(self.worst, seconds() - began)
                self.count += 1

    def __enter__(self) -> Ping:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def held(self) -> str:
        """What the pings saw. Raises Fell when one was not answered in time."""
        check(self.count > 0, "no ping was answered")
        check(self.worst < PATIENCE, f"a ping took {self.worst:.2f} s")
        return f"the worst of {self.count} pings beside it took {self.worst * 1000:.0f} ms"


def check(holds: bool, evidence: str) -> None:
    """Raises Fell unless it `holds`."""
    if not holds:
        raise Fell(evidence)


def peak_memory(server: Process) -> int:
    """Returns the most memory that a server has had, in MiB. Raises NotTried where the system does not tell."""
    status = Path(f"/proc/{server.pid}/status")
    if not status.exists():
        raise NotTried("a system with /proc is needed")
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) // 1024


def check_memory(server: Process, before: int, limit: int) -> str:
    """Returns by how much a server's memory grew. Raises Fell beyond `limit`; both in MiB."""
    grown = peak_memory(server) - before
    check(grown <= limit, f"the server's memory grew by {grown} MiB, more than {limit}")
    return f"memory grew by {grown} MiB (limit {limit})"


def _around(log: str, text: str) -> str:
    at = log.index(text)
    return log[max(0, at - 200) : at + 300]
