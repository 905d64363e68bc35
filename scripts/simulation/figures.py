"""A run of a scenario, and its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

from decaf.cluster.beats import Beats
from scripts.simulation.accounts import draw
from scripts.simulation.calls import Fates, fates
from scripts.simulation.cell import Cell
from scripts.simulation.database import Answers
from scripts.simulation.scenarios import Scenario
from scripts.simulation.watching import Broken, Cause, Wait

CONNECTIONS = 4  # of a node: two that commit, one that beats and looks, one that loads


@dataclass(frozen=True, slots=True)
class Setup:
    """What is simulated. `calls` is a second, `messages` those that wait, `ttl` the lease in seconds."""

    nodes: int = 1_000
    accounts: int = 100_000
    databases: int = 1
    ttl: float = 20.0
    calls: float = 20_000.0
    messages: float = 20_000_000.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Times:
    """How long shards were without an owner that answers, in seconds."""

    shards: int
    median: float
    ninety_ninth: float
    worst: float


@dataclass(frozen=True, slots=True)
class Balance:
    """The node with the most shards, calls and messages, as a multiple of the mean."""

    shards: float
    calls: float
    messages: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a run. Statements are of the database that got the most of a kind."""

    scenario: str
    seconds: float
    waits: dict[str, Times]
    moved: int
    unserved: int
    calls: Fates
    mean_statements: dict[str, float]
    peak_statements: dict[str, int]
    commits: float
    connections: int
    before: Balance
    after: Balance


def simulate(scenario: Scenario, setup: Setup, beats: Callable[[float], Beats] = Beats) -> Figures:
    """Run a scenario, and return its figures. Raises Broken if two nodes own a shard, and if a run that should move no
    shard from a node that runs does so."""
    random = Random(setup.seed)
    accounts = draw(setup.seed, setup.accounts, setup.calls, setup.messages, setup.databases)
    cells = []
    for place in range(setup.databases):
        cell = Cell(accounts.within(place), setup.ttl, random, Answers(random), beats)
        nodes = setup.nodes // setup.databases + (place < setup.nodes % setup.databases)
        cell.begin(max(1, int(nodes * scenario.share)))
        cells.append(cell)
    seconds = scenario.arrange(cells, setup.ttl, random)
    before = _balance(cells)
    for cell in cells:
        cell.run(seconds)
    if scenario.keeps_owners and (lost := sum(cell.taken_from_living for cell in cells)):
        raise Broken(f"{lost} shards were taken from nodes that ran")
    return _figures(scenario, setup, cells, seconds, before)


def _figures(scenario: Scenario, setup: Setup, cells: list[Cell], seconds: float, before: Balance) -> Figures:
    unserved = sum(cell.waits.end(seconds) for cell in cells)
    waits = [wait for cell in cells for wait in cell.waits.over]
    kinds = {kind for cell in cells for kind in cell.asked.by_second}
    busiest = {
        kind: max((cell.asked.by_second.get(kind, Counter()) for cell in cells), key=Counter.total) for kind in kinds
    }
    return Figures(
        scenario.name,
        seconds,
        {cause.value: _times([wait for wait in waits if wait.cause is cause]) for cause in Cause},
        sum(len(cell.waits.moves) for cell in cells),
        unserved,
        _calls(cells, seconds),
        {kind: busiest[kind].total() / seconds for kind in sorted(kinds)},
        {kind: max(busiest[kind].values()) for kind in sorted(kinds)},
        max(_commits(cell) for cell in cells),
        max(sum(node.running for node in cell.nodes) for cell in cells) * CONNECTIONS,
        before,
        _balance(cells),
    )


def _times(waits: list[Wait]) -> Times:
    if not waits:
        return Times(0, 0.0, 0.0, 0.0)
    lasted = np.array([wait.end - wait.begin for wait in waits])
    return Times(len(lasted), float(np.median(lasted)), float(np.percentile(lasted, 99)), float(lasted.max()))


def _calls(cells: list[Cell], seconds: float) -> Fates:
    """Returns what became of the calls of all cells, whose nodes share the calls that wait."""
    rates, waits, first = [], [], 0
    for cell in cells:
        waits += [Wait(wait.shard + first, wait.begin, wait.end, wait.cause, wait.moved) for wait in cell.waits.over]
        rates.append(cell.accounts.calls)
        first += len(cell.accounts)
    return fates(waits, np.concatenate(rates), seconds, _running(cells))


def _running(cells: list[Cell]) -> list[tuple[float, int]]:
    """Returns how many nodes ran in all cells, from when on."""
    changes = sorted((time, place, count) for place, cell in enumerate(cells) for time, count in cell.running)
    counts = [0] * len(cells)
    running = []
    for time, place, count in changes:
        counts[place] = count
        running.append((time, sum(counts)))
    return running


def _per_node(cell: Cell, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    """Returns the sum of the values of each node's shards, for the nodes that run."""
    owner = cell.tables.owner
    sums = np.bincount(owner[owner >= 0], values[owner >= 0], len(cell.nodes))
    return [float(sums[node.number]) for node in cell.nodes if node.running]


def _balance(cells: list[Cell]) -> Balance:
    def most(of: Callable[[Cell], np.ndarray[tuple[int], np.dtype[np.float64]]]) -> float:
        sums = [each for cell in cells for each in _per_node(cell, of(cell))]
        return max(sums) / (sum(sums) / len(sums))

    return Balance(
        most(lambda cell: np.ones(len(cell.accounts))),
        most(lambda cell: cell.accounts.calls),
        most(lambda cell: cell.accounts.messages),
    )


def _commits(cell: Cell) -> float:
    """Returns the commits a second of a cell: one for each call, unless a node has more than two can do in turn."""
    limit = 2 / cell.answers.median
    return sum(min(calls, limit) for calls in _per_node(cell, cell.accounts.calls))
