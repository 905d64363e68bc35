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
from tests.cluster.fanout import Fanout
from tests.cluster.load import REGION, Load, Log
from tests.cluster.troubles import Trouble
from tests.postgres.server import Postgres

_ABROAD = "eu-west-1"
_RECOVERED = 20  # good calls after a trouble by which the nodes answer again


@dataclass(frozen=True, slots=True)
class Report:
    """The logs of the clients by account, what was wrong, and for each trouble how long it took until the calls of all
    accounts were answered again."""

    answers: list[Log]
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
    shards: int = 1,
) -> Report:
    """Let one trouble come after the other, at random moments, and check the logs of all answers.

    With several shards each account in a region has its own: there is a load for up to four accounts, and a topic of
    one of these delivers to queues of another one, and to those of its own account in another region.
    """
    chance = random.Random(seed)
    gaps: list[tuple[str, float]] = []
    async with cluster(postgres, directory, shards) as nodes:
        ports = [node.port for node in nodes.nodes]
        loads = [Load(ports, seed + 7 * n, account) for n, account in enumerate(accounts(shards))]
        publisher, *others = accounts(shards)
        fanouts = [Fanout(ports, seed, publisher, [(other, REGION), (publisher, _ABROAD)]) for other in others[:1]]
        for load in loads:
            await load.start()
        for fanout in fanouts:
            await fanout.start()
        for trouble in troubles:
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            gap = await _longest_gap(nodes, trouble, [load.log for load in loads], chance)
            gaps.append((trouble.__name__.replace("_", " "), gap))
            progress(f"{gaps[-1][0]}: {gap:.1f} s without an answer")
        await asyncio.gather(*(load.stop() for load in loads), *(fanout.stop() for fanout in fanouts))
        changes = await nodes.changes()
        wrong = [text for load in loads for text in violations(load.log)] + wrong_changes(changes)
        wrong += [text for fanout in fanouts for text in fanout.wrong()]
        last = {change.shard: change for change in changes}.values()
        epochs, commits = sum(change.epoch for change in last), sum(change.seq for change in last)
        logs = [node.log() for node in nodes.nodes]
        return Report([load.log for load in loads], wrong, gaps, epochs, commits, logs)


def accounts(shards: int) -> list[str]:
    """Returns the accounts of all loads: one less than there are shards, up to four, so that one of them has another
    region for itself."""
    return [f"{number:012}" for number in range(1, 1 + min(4, max(1, shards - 1)))]


async def _longest_gap(nodes: Cluster, trouble: Trouble, logs: list[Log], chance: random.Random) -> float:
    """Returns the longest time without a good answer to anybody of an account, from a trouble's beginning until calls
    are answered again."""
    over = asyncio.ensure_future(trouble(nodes, chance))
    calls = [log.calls for log in logs]
    latest, longest = [monotonic()] * len(logs), 0.0
    calls_when_over: list[int] | None = None
    while calls_when_over is None or any(
        log.calls < before + _RECOVERED for log, before in zip(logs, calls_when_over, strict=True)
    ):
        await asyncio.sleep(0.02)
        now = monotonic()
        longest = max(longest, now - min(latest))
        assert longest < 60, (
            f"no answer for a minute after {trouble.__name__}: {[n.log()[-3000:] for n in nodes.nodes]}"
        )
        for number, log in enumerate(logs):
            if log.calls != calls[number]:
                calls[number], latest[number] = log.calls, now
        if over.done() and calls_when_over is None:
            over.result()
            calls_when_over = [log.calls for log in logs]
    return longest
