"""`python -m scripts.benchmark`: plays all rows and prints the tables as Markdown.

Servers run on one core, the clients on another. The exit status is 1 when any answer was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import ExitStack
from typing import Any

from . import machine
from .play import Play
from .report import Report
from .rows import FULL, QUICK
from .servers import DECAF, FORGETFUL, MOTO, RESPONDER, running


def main() -> int:
    """Run what the command line asks for; the exit status."""
    arguments = _arguments()
    server_core, client_core = machine.cores()
    if client_core is not None:
        os.sched_setaffinity(0, {client_core})
    print(machine.described(), flush=True)
    play = Play(Report(), QUICK if arguments.quick else FULL, arguments.rows)
    _in_fast_loop(play.starts(arguments.servers, server_core))
    with ExitStack() as stack:
        servers = [stack.enter_context(running(name, server_core)) for name in arguments.servers]
        _in_fast_loop(play.rows(servers))
    print(f"\n{play.report.text()}")
    return 1 if play.report.wrong else 0


def _arguments() -> argparse.Namespace:
    everyone = [DECAF, FORGETFUL, MOTO, RESPONDER]
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, with wider ranges")
    parser.add_argument("--rows", default="", metavar="TEXT", help="only rows whose title has this text")
    parser.add_argument("--servers", nargs="+", choices=everyone, default=everyone, help="beside which servers [all]")
    return parser.parse_args()


def _in_fast_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run the client's side in uvloop where it is installed, so that it is seldom what limits a rate."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        asyncio.run(work)
    else:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(work)


if __name__ == "__main__":
    sys.exit(main())
