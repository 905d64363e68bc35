"""`python -m tests.cluster`: the long run of troubles, with its figures.

The exit status is 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.cluster import troubles
from tests.cluster.rolling import restart_all_under_load
from tests.cluster.run import run
from tests.cluster.troubles import Trouble
from tests.postgres.server import running


def main() -> int:
    """Run what the command line says, print what came of it, and return the exit status."""
    arguments = _arguments()
    chosen = _troubles(arguments)
    with running(durable=True) as postgres, tempfile.TemporaryDirectory(prefix="decaf-nodes-") as directory:
        report = asyncio.run(
            run(
                postgres,
                Path(directory),
                chosen,
                arguments.seed,
                lambda text: print(text, flush=True),
                arguments.shards,
            )
        )
        rolled = asyncio.run(restart_all_under_load(postgres, Path(directory), arguments.shards))
    logs = report.answers
    print(f"{len(chosen)} troubles, seed {arguments.seed}: epoch {report.epochs}, {report.commits} commits")
    calls, unavailable, broken = (
        sum(getattr(log, name) for log in logs) for name in ("calls", "unavailable", "broken")
    )
    sends, receives, ordered = (
        sum(len(getattr(log, name)) for log in logs) for name in ("sends", "receives", "ordered")
    )
    print(f"{calls} calls answered, the slowest after {max(log.longest for log in logs):.1f} s")
    print(f"{unavailable} calls got 503, the connections of {broken} broke or could not be made")
    print(f"{sends} messages sent, {receives} receives, {ordered} receives in order")
    for name in dict.fromkeys(name for name, _ in report.gaps):
        gaps = [gap for other, gap in report.gaps if other == name]
        print(f"{name}, {len(gaps)} times: without an answer {median(gaps):.1f} s, at most {max(gaps):.1f} s")
    print(
        f"rolling restart: {rolled.calls} calls and {len(rolled.failures)} failures with boto3's own tries, "
        f"{rolled.calls_tried_once} and {len(rolled.failures_tried_once)} with one try"
    )
    for text in rolled.failures + rolled.failures_tried_once:
        print(f"  {text}")
    tracebacks = sum(text.count("Traceback") for text in report.logs)
    print(f"{tracebacks} tracebacks in the nodes' logs, {len(report.wrong)} broken promises")
    for text in report.wrong[:100]:
        print(f"  {text}")
    if arguments.logs is not None:
        arguments.logs.mkdir(parents=True, exist_ok=True)
        for number, text in enumerate(report.logs):
            (arguments.logs / f"node-{number}.log").write_text(text)
    return 1 if report.wrong or rolled.failures or tracebacks else 0


def _troubles(arguments: argparse.Namespace) -> list[Trouble]:
    """Returns all troubles of the run, in a random order."""
    chance = random.Random(arguments.seed)
    chosen: list[Trouble] = [
        *[troubles.kill_the_active_node] * (arguments.kills - arguments.kills // 3),
        *[troubles.kill_any_node] * (arguments.kills // 3),
        *[troubles.stop_the_active_node] * arguments.stops,
        *[troubles.crash_the_database] * arguments.crashes,
        *[trouble for trouble in troubles.OTHERS for _ in range(arguments.others)],
    ]
    chance.shuffle(chosen)
    return chosen


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/crash-nodes", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="nodes that are killed [50]")
    parser.add_argument("--stops", type=int, default=20, metavar="N", help="times the active node is stopped [20]")
    parser.add_argument("--crashes", type=int, default=10, metavar="N", help="crashes of the database [10]")
    parser.add_argument("--others", type=int, default=3, metavar="N", help="times that each other trouble comes [3]")
    parser.add_argument("--shards", type=int, default=1, metavar="N", help="shards of the state [1]")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the order and the moments [1]")
    parser.add_argument("--logs", type=Path, metavar="DIR", help="where the nodes' logs are written in the end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
