"""`python -m scripts.benchmark`: plays all rows and prints the tables as Markdown, or writes them into a page.

Servers run on one core, the clients on another. The exit status is 1 when any response of Decaf was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from . import machine, page
from .peers import MOTO, PEERS, fetch
from .play import Play
from .quiet import Probe
from .report import Report
from .rows import FULL, QUICK
from .servers import DECAF, FLOORS, FORGETFUL, JUDGING, PASSED_ON, running

T = TypeVar("T")

_QUICK_NOTE = " This was a quick run, of few and short rounds and small backlogs."


def main() -> int:
    """Run the benchmark of the command line, and return the exit status."""
    arguments = _arguments()
    reasons = {name: fetch(name) for name in arguments.peers}
    peers = [name for name, reason in reasons.items() if not reason]
    server_core, client_core = machine.cores()
    if client_core is not None:
        os.sched_setaffinity(0, {client_core})
    heading = machine.described(peers) + (_QUICK_NOTE if arguments.quick else "")
    heading += "".join(f" {reason}" for reason in reasons.values() if reason)
    print(heading, flush=True)
    probe = Probe([core for core in (server_core, client_core) if core is not None])
    play = Play(Report(), QUICK if arguments.quick else FULL, arguments.rows, probe)
    names = [*_in_fast_loop(play.starts([DECAF, *peers], server_core)), FORGETFUL, *JUDGING, PASSED_ON, *FLOORS]
    with ExitStack() as stack:
        servers = [stack.enter_context(running(name, server_core)) for name in names]
        _in_fast_loop(play.rows(servers))
    print(f"\n{play.report.text()}")
    if arguments.write is not None:
        page.write(arguments.write, heading, play.report)
    return 1 if any(f", {DECAF}: " in wrong for wrong in play.report.wrong) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about two minutes, with wider ranges")
    parser.add_argument("--rows", default="", metavar="TEXT", help="only rows whose title has this text")
    parser.add_argument(
        "--peers",
        type=_peers,
        default=[MOTO],
        metavar="NAMES",
        help=f"other emulators to measure, of {','.join(PEERS)}; missing ones are installed in .bench/ [{MOTO}]",
    )
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the results into this page")
    return parser.parse_args()


def _peers(names: str) -> list[str]:
    """Return the peers of a list with commas, which may be empty."""
    chosen = [name for name in names.split(",") if name]
    if unknown := set(chosen) - set(PEERS):
        raise argparse.ArgumentTypeError(f"there is no peer {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    return chosen


def _in_fast_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run the client's side in uvloop where it is installed, so that it is seldom what limits a rate."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


if __name__ == "__main__":
    sys.exit(main())
