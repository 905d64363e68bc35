"""`python -m scripts.benchmark.shards [--directory DIR]`: what several active nodes carry, against one.

SendMessage of 1 KiB by callers of as many accounts as there are shards. A connection goes to any node, as a balancer
spreads them, so that with two nodes half the calls take the way from one to the other. All processes share the machine:
with few cores it is the CPU of a call that tells, not the rate.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.postgres.server import Postgres, running

from . import machine
from .connection import Connection, WrongAnswer
from .recorded import BODY, recorded
from .samples import spread, table
from .servers import announced, children, end, process_cpu

WIRES = (1, 16, 64)
SHARDS = 16
_REGION = "us-east-1"
_SPREAD = 60.0  # seconds for the shards to be spread
Setup = tuple[int, int]  # nodes, shards


@dataclass(frozen=True, slots=True)
class Nodes:
    """Running nodes over a database."""

    urls: list[str]
    pids: list[int]
    database: int  # pid

    def cpu(self) -> tuple[float, float]:
        """Returns the seconds of CPU of all nodes, and those of the database."""
        return sum(map(process_cpu, self.pids)), sum(map(process_cpu, [self.database, *children(self.database)]))


@contextmanager
def nodes(setup: Setup, postgres: Postgres) -> Iterator[Nodes]:
    """So many nodes over a database of their own, once each has its shards."""
    count, shards = setup
    store = postgres.make_database()
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0", "--store", store, "--shards", str(shards)]
    with ExitStack() as stack:
        urls, pids = [], []
        for _ in range(count):
            process = subprocess.Popen(
                [*command, "--lease", "2"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                text=True,
            )
            stack.callback(end, process)
            urls.append(announced(process))
            pids.append(process.pid)
        _wait_until_spread(urls, shards)
        yield Nodes(urls, pids, postgres.pid)


def _wait_until_spread(urls: list[str], shards: int) -> None:
    """Return once each node has as many shards as the others."""
    from decaf.testing import Decaf

    until = time.monotonic() + _SPREAD
    with Decaf.attach(urls[0]) as attached:
        while time.monotonic() < until:
            counts = [len(each.shards) for each in attached.control.nodes().nodes]
            if sum(counts) == shards and max(counts) - min(counts) < 2 and len(counts) == len(urls):
                return
            time.sleep(0.2)
    raise RuntimeError("the shards were not spread in time")


def accounts() -> list[str]:
    """Returns as many accounts as there are shards: each gets one."""
    return [f"{number:012}" for number in range(1, SHARDS + 1)]


def _client(url: str, account: str) -> Any:
    return boto3.client(
        "sqs", endpoint_url=url, region_name=_REGION, aws_access_key_id=account, aws_secret_access_key="secret"
    )


async def send(to: Nodes, seconds: float, wires: int) -> tuple[float, float, float]:
    """Returns calls in a second, and the microseconds of CPU of a call: of all nodes, and of the database."""
    done = 0

    async def until(moment: float, wire: Connection, request: tuple[bytes, bytes]) -> None:
        nonlocal done
        while time.perf_counter() < moment:
            answer = await wire.ask(request)
            if answer.status != 200:
                raise WrongAnswer(answer.body.decode())
            done += 1

    with ExitStack() as stack:
        callers = []
        for number in range(wires):
            url, account = to.urls[number // SHARDS % len(to.urls)], accounts()[number % SHARDS]
            if wires <= SHARDS:
                url = to.urls[number % len(to.urls)]
            sqs = stack.enter_context(closing(_client(url, account)))
            queue = (await asyncio.to_thread(sqs.create_queue, QueueName="bench"))["QueueUrl"]
            wire = Connection(url)
            stack.callback(wire.close)
            callers.append((wire, recorded(sqs, "send_message", QueueUrl=queue, MessageBody=BODY).parts()))
        for wire, request in callers:
            await wire.ask(request)
        before, began = to.cpu(), time.perf_counter()
        await asyncio.gather(*(until(began + seconds, wire, request) for wire, request in callers))
        took, after = time.perf_counter() - began, to.cpu()
    return done / took, *((b - a) / done * 1e6 for a, b in zip(before, after, strict=True))  # type: ignore[return-value]


def measure(directory: Path | None, seconds: float, rounds: int, setups: list[Setup]) -> list[list[str]]:
    """Returns a row for each number of connections and each setup."""
    taken: dict[tuple[int, Setup], list[tuple[float, float, float]]] = {}
    with ExitStack() as stack:
        postgres = stack.enter_context(running(True, directory))
        started = {setup: stack.enter_context(nodes(setup, postgres)) for setup in setups}
        for wires in WIRES:
            for _ in range(rounds):
                for setup, to in started.items():
                    taken.setdefault((wires, setup), []).append(asyncio.run(send(to, seconds, wires)))
    return [
        [f"{wires}", f"{count}", f"{shards}", *(spread([*column]) for column in zip(*samples, strict=True))]
        for (wires, (count, shards)), samples in taken.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmark.shards", description=__doc__)
    parser.add_argument("--directory", type=Path, help="directory on the disk to measure [the temporary directory]")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds of each measurement [2]")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(machine.described(()), flush=True)
    setups = [(1, 1), (1, SHARDS), (2, SHARDS)]
    rows = measure(arguments.directory, arguments.seconds, arguments.rounds, setups)
    head = ["connections", "nodes", "shards", "calls a second", "CPU us a call, nodes", "CPU us a call, database"]
    print("\n" + table(head, rows))


if __name__ == "__main__":
    main()
