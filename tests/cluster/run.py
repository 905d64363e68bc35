"""One run of troubles under load, and what came of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.cluster.checks import violations, wrong_changes
from tests.cluster.cluster import Cluster, cluster
from tests.cluster.load import Load, Log
from tests.cluster.troubles import Trouble
from tests.postgres.server import Postgres

_RECOVERED = 20  # good calls after a trouble by which the nodes answer again


@dataclass(frozen=True, slots=True)
class Report:
    """The log of the clients, what was wrong, and for each trouble how long it took until calls were answered again."""

    log: Log
    wrong: list[str]
    gaps: list[tuple[str, float]]
    epochs: int
    commits: int
    logs: list[str]  # of the nodes


async def run(
    postgres: Postgres,
    directory: Path,
    troubles: Iterable[Trouble],
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """Let one trouble come after the other, at random moments, and check the log of all answers."""
    chance = random.Random(seed)
    gaps: list[tuple[str, float]] = []
    async with cluster(postgres, directory) as nodes:
        load = Load([node.port for node in nodes.nodes], seed)
        await load.start()
        for trouble in troubles:
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            gap = await _longest_gap(nodes, trouble, load.log, chance)
            gaps.append((trouble.__name__.replace("_", " "), gap))
            progress(f"{gaps[-1][0]}: {gap:.1f} s without an answer")
        await load.stop()
        changes = await nodes.changes()
        wrong = [*violations(load.log), *wrong_changes(changes)]
        logs = [node.log() for node in nodes.nodes]
        return Report(load.log, wrong, gaps, changes[-1].epoch, changes[-1].seq, logs)


async def _longest_gap(nodes: Cluster, trouble: Trouble, log: Log, chance: random.Random) -> float:
    """Returns the longest time without a good answer to anybody, from a trouble's beginning until calls are answered
    again."""
    over = asyncio.ensure_future(trouble(nodes, chance))
    latest, longest, calls = monotonic(), 0.0, log.calls
    calls_when_over: int | None = None
    while calls_when_over is None or log.calls < calls_when_over + _RECOVERED:
        await asyncio.sleep(0.02)
        now = monotonic()
        longest = max(longest, now - latest)
        assert longest < 60, (
            f"no answer for a minute after {trouble.__name__}: {[n.log()[-3000:] for n in nodes.nodes]}"
        )
        if log.calls != calls:
            calls, latest = log.calls, now
        if over.done() and calls_when_over is None:
            over.result()
            calls_when_over = log.calls
    return longest
