"""What goes wrong in a run, or is done on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from scripts.simulation.cell import Cell
from scripts.simulation.database import Trouble
from scripts.simulation.node import Node
from scripts.simulation.spreading import QUIET

_AFTER = 60.0  # seconds from the end of a killed node to its next start
_STEPS = 50  # in which all nodes are restarted
_STEP = 10.0  # seconds between two of them
_GROWTH = 60.0  # seconds in which nodes are added


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens to cells. `arrange` plans it, for a lease of some seconds, and returns how long the run takes.

    `share` is the share of the nodes that run at the beginning. `keeps_owners`: no node may lose a shard while it runs.
    """

    name: str
    summary: str
    arrange: Callable[[list[Cell], float, Random], float]
    share: float = 1.0
    keeps_owners: bool = False


def _steady(cells: list[Cell], ttl: float, random: Random) -> float:
    return 120.0


def _pick(cells: list[Cell], count: int, random: Random) -> list[tuple[Cell, Node]]:
    """Returns some nodes of any cells."""
    nodes = [(cell, node) for cell in cells for node in cell.nodes]
    return random.sample(nodes, min(count, len(nodes) // 2))


def _killing(count: int) -> Callable[[list[Cell], float, Random], float]:
    def arrange(cells: list[Cell], ttl: float, random: Random) -> float:
        for cell, node in _pick(cells, count, random):
            cell.at(ttl, partial(cell.crash, node))
            cell.at(ttl + _AFTER, cell.join)
        return 2 * ttl + _AFTER + QUIET + 120

    return arrange


def _pause(cells: list[Cell], ttl: float, random: Random) -> float:
    for cell, node in _pick(cells, 10, random):
        cell.at(ttl, partial(cell.stop, node, 2 * ttl))
    return 3 * ttl + QUIET + 120


def _slow(cells: list[Cell], ttl: float, random: Random) -> float:
    cells[0].answers.troubles.append(Trouble(ttl, ttl + 60, slower=500))
    return 2 * ttl + 60 + QUIET + 120


def _outage(cells: list[Cell], ttl: float, random: Random) -> float:
    cell = cells[0]
    cell.answers.troubles.append(Trouble(ttl, ttl + 30))
    cell.at(ttl, cell.outage_begins)
    return 2 * ttl + 30 + QUIET + 60


def _rolling(cells: list[Cell], ttl: float, random: Random) -> float:
    nodes = [(cell, node) for cell in cells for node in cell.nodes]
    for place, (cell, node) in enumerate(nodes):
        step = place * _STEPS // len(nodes)
        cell.at(ttl + step * _STEP, partial(cell.restart, node))
    return ttl + _STEPS * _STEP + QUIET + 240


def _grow(cells: list[Cell], ttl: float, random: Random) -> float:
    for cell in cells:
        for _ in list(cell.nodes):
            cell.at(ttl + random.random() * _GROWTH, cell.join)
    return ttl + _GROWTH + QUIET + 480


SCENARIOS = {
    each.name: each
    for each in (
        Scenario("steady", "nothing happens", _steady, keeps_owners=True),
        Scenario("crash", "10 nodes are killed at once, and start again a minute later", _killing(10)),
        Scenario("rack", "100 nodes are killed at once, and start again a minute later", _killing(100)),
        Scenario("pause", "10 nodes stop for two leases, and go on", _pause),
        Scenario("slow-database", "the first database answers 500 times as slowly for 60 s", _slow),
        Scenario("outage", "the first database is away for 30 s", _outage, keeps_owners=True),
        Scenario("rolling", "all nodes are restarted, a fiftieth of them every 10 s", _rolling),
        Scenario("grow", "half of the nodes run, and the others are added within a minute", _grow, share=0.5),
    )
}
