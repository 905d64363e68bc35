"""Simulates many active nodes, which Decaf does not have, and prints how long takeovers take, and what they cost.

scripts/simulate-nodes SCENARIO ... [--nodes N] [--accounts N] [--databases N] [--lease SECONDS] [--calls N]
[--messages N] [--seed N] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from scripts.simulation.figures import Balance, Figures, Setup, simulate
from scripts.simulation.scenarios import SCENARIOS
from scripts.simulation.watching import Broken


def main(words: list[str] | None = None) -> int:
    """Run the scenarios of the command line. Returns the exit status: 1 if something broke that must hold."""
    arguments = _arguments(words)
    setup = Setup(
        arguments.nodes,
        arguments.accounts,
        arguments.databases,
        arguments.lease,
        arguments.calls,
        arguments.messages,
        arguments.seed,
    )
    for name in arguments.scenario or SCENARIOS:
        try:
            figures = simulate(SCENARIOS[name], setup)
        except Broken as broken:
            print(f"{name}: BROKEN: {broken}", file=sys.stderr)
            return 1
        print(json.dumps(asdict(figures)) if arguments.json else "\n".join(lines(figures)), flush=True)
    return 0


def lines(figures: Figures) -> Iterator[str]:
    """Yields the figures for people."""
    yield f"{figures.scenario}: {SCENARIOS[figures.scenario].summary}; {figures.seconds:,.0f} s"
    for cause, times in figures.waits.items():
        if times.shards:
            yield (
                f"  without an owner, {cause}: {times.shards:,} shards; median {times.median:.3g} s, "
                f"99th percentile {times.ninety_ninth:.3g} s, worst {times.worst:.3g} s"
            )
    yield f"  shards that another node serves: {figures.moved:,}; not served at the end: {figures.unserved:,}"
    calls = figures.calls
    yield (
        f"  calls: {calls.made:,.0f}; waited {calls.waited:,.0f}; refused and answered at a later try "
        f"{calls.retried:,.0f}; failed {calls.failed:,.0f}; at most {calls.most_waiting:,.0f} waited on a node"
    )
    yield "  statements a second, mean (most): " + ", ".join(
        f"{kind} {mean:,.1f} ({figures.peak_statements[kind]:,})" for kind, mean in figures.mean_statements.items()
    )
    yield f"  commits of messages a second: {figures.commits:,.0f}; connections: {figures.connections:,}"
    yield f"  most loaded node against the mean: before {_text(figures.before)}; after {_text(figures.after)}"


def _text(balance: Balance) -> str:
    return f"shards {balance.shards:.2f}, calls {balance.calls:.1f}, messages {balance.messages:.1f}"


def _arguments(words: list[str] | None) -> argparse.Namespace:
    usual = Setup()
    parser = argparse.ArgumentParser(prog="scripts/simulate-nodes", description="Simulates many active nodes.")
    parser.add_argument("scenario", nargs="*", choices=[[], *SCENARIOS], help="all of them when none is named")
    parser.add_argument("--nodes", type=int, default=usual.nodes)
    parser.add_argument("--accounts", type=int, default=usual.accounts)
    parser.add_argument("--databases", type=int, default=usual.databases, help="each with its own nodes and accounts")
    parser.add_argument("--lease", type=float, default=usual.ttl, metavar="SECONDS")
    parser.add_argument("--calls", type=float, default=usual.calls, help="a second, of all accounts")
    parser.add_argument("--messages", type=float, default=usual.messages, help="that wait in all queues")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--json", action="store_true", help="print an object on a line for each scenario")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
