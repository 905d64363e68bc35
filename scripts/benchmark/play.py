"""Plays the rows in interleaved rounds, and adds the figures and the errors to the report.

Rules: after a wrong response, a server is left out for the rest of that row only. A turn counts when the machine was
quiet before and after it, else it is played again. When that has taken long enough, busy turns count, and the report
says so.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .connection import WrongAnswer
from .quiet import Probe
from .report import Report
from .restarts import restart
from .rows import A_YEAR, RESTART, STARTS, WAKE_UPS, Scale, all_rows, readings
from .servers import DECAF, FLOORS, FORGETFUL, JUDGING, Server
from .start_up import start
from .wake_ups import wake_ups
from .years import year

_ROUND_LIMIT = 120.0  # seconds for one round on one server, with its preparation
_TRIES = 3  # of one turn
_FAILURES = (WrongAnswer, OSError, TimeoutError, RuntimeError, KeyError, BotoCoreError, ClientError)


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One row on one server."""

    title: str
    server: str
    play: Callable[[], Awaitable[Any]]  # returns its figure
    keep: Callable[[Any], None] | None = None  # adds that to the report; None for a rehearsal


@dataclass(slots=True)
class Play:
    """One run: only rows with the text `wanted` in their title."""

    report: Report
    scale: Scale
    wanted: str = ""
    probe: Probe = field(default_factory=lambda: Probe(()))
    is_quiet: bool = False  # after the last turn
    again: float = 0.0  # seconds that turns took which did not count

    async def starts(self, names: Sequence[str], core: int | None) -> list[str]:
        """Measure a few starts of each server, in turns, before the others run; return the servers that start."""

        rehearsals = [Turn(STARTS, name, partial(start, name, core)) for name in names]
        rehearsed = await self._rounds(rehearsals, 1)
        turns = [
            Turn(STARTS, turn.server, turn.play, partial(_add, self.report.starts, (STARTS, turn.server)))
            for turn in rehearsed
        ]
        await self._rounds(turns, self.scale.rounds if self._is_wanted(STARTS) else 0)
        return [turn.server for turn in rehearsed]

    async def rows(self, servers: Sequence[Server]) -> None:
        """Play all rows on the running servers."""
        for reading in readings(self.scale):  # before calls leave free memory behind, which would hide it
            read = [s for s in servers if s.name in reading.servers and self._is_wanted(reading.title)]
            turns = [
                Turn(
                    reading.title,
                    server.name,
                    partial(reading.gauge, server),
                    partial(_add, self.report.readings, (reading.title, reading.unit, server.name)),
                )
                for server in read
            ]
            await self._rounds(turns, 1)
        for rows in all_rows(self.scale):
            turns = [
                Turn(
                    row.title,
                    server.name,
                    partial(row.measure, server, self.scale.seconds),
                    partial(_add, self.report.costs, (row.title, server.name)),
                )
                for row in rows
                for server in servers
                if server.name in row.servers and self._is_wanted(row.title)
            ]
            self.report.grown_from |= {row.title: row.grown_from for row in rows if row.grown_from}
            await self._rounds(turns, rows[0].rounds or self.scale.rounds)
        wakers = [s for s in servers if s.name not in (*FLOORS, FORGETFUL, *JUDGING) and self._is_wanted(WAKE_UPS)]
        turns = [
            Turn(WAKE_UPS, server.name, partial(self._wake_ups, server), partial(_add, self.report.delays, server.name))
            for server in wakers
        ]
        await self._rounds(turns, 1)
        due, messages = self.scale.due, self.scale.backlogs[-1]
        for title, play, into in (
            (A_YEAR.format(due), partial(year, count=due), self.report.years),
            (RESTART.format(messages), partial(restart, messages=messages), self.report.starts),
        ):
            turns = [
                Turn(title, DECAF, partial(play, server), partial(_add, into, (title, DECAF)))
                for server in servers
                if server.name == DECAF and self._is_wanted(title)
            ]
            await self._rounds(turns, self.scale.years)

    async def _wake_ups(self, server: Server) -> list[float]:
        delays = await wake_ups(server, self.scale.wake_ups)
        if len(delays) < self.scale.wake_ups:
            raise WrongAnswer(f"only {len(delays)} of {self.scale.wake_ups} polls were woken in time")
        return delays

    async def _rounds(self, turns: Sequence[Turn], rounds: int) -> list[Turn]:
        """Play the turns alternately; return those without an error."""
        turns = list(turns)
        for number in range(rounds):
            for turn in list(turns):
                print(f"{turn.title}, {turn.server}: round {number + 1} of {rounds}", file=sys.stderr)
                try:
                    await self._turn(turn)
                except _FAILURES as error:
                    turns.remove(turn)
                    self.report.wrong.append(f"WRONG: {turn.title}, {turn.server}: {type(error).__name__}: {error}")
        return turns

    async def _turn(self, turn: Turn) -> None:
        """Play until the machine was quiet; keep that figure, or the last one."""
        for tries in range(1, _TRIES + 1):
            began, was_quiet = time.perf_counter(), self.is_quiet
            async with asyncio.timeout(_ROUND_LIMIT):
                figure = await turn.play()
            self.is_quiet = self.probe.is_quiet()
            if turn.keep is None or (was_quiet and self.is_quiet):
                break
            if tries == _TRIES or self.again > self.scale.patience:
                self.report.busy[turn.title, turn.server] += 1
                break
            self.again += time.perf_counter() - began
        if turn.keep is not None:
            turn.keep(figure)

    def _is_wanted(self, title: str) -> bool:
        return self.wanted.lower() in title.lower()


def _add(figures: dict[Any, list[Any]], key: object, figure: object) -> None:
    figures.setdefault(key, []).append(figure)
