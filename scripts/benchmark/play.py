"""Plays the rows in interleaved rounds, and adds the figures and the errors to the report.

Rule: after a wrong response, a server is left out for the rest of that row only.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from .connection import WrongAnswer
from .report import Report
from .restarts import restart
from .rows import A_YEAR, RESTART, STARTS, WAKE_UPS, Reading, Row, Scale, all_rows, readings
from .servers import DECAF, FLOORS, FORGETFUL, JUDGING, Server
from .start_up import start
from .wake_ups import wake_ups
from .years import year

_ROUND_LIMIT = 120.0  # seconds for one round on one server, with its preparation
_FAILURES = (WrongAnswer, OSError, TimeoutError, RuntimeError, KeyError, BotoCoreError, ClientError)


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One row on one server."""

    title: str
    server: str
    play: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Play:
    """One run: only rows with the text `wanted` in their title."""

    report: Report
    scale: Scale
    wanted: str = ""

    async def starts(self, names: Sequence[str], core: int | None) -> list[str]:
        """Measure a few starts of each server, in turns, before the others run; return the servers that start."""

        async def one(name: str) -> None:
            started = await start(name, core)
            self.report.starts.setdefault((STARTS, name), []).append(started)

        async def rehearse(name: str) -> None:
            await start(name, core)

        rehearsed = await self._rounds([Turn(STARTS, name, partial(rehearse, name)) for name in names], 1)
        turns = [Turn(STARTS, turn.server, partial(one, turn.server)) for turn in rehearsed]
        await self._rounds(turns, self.scale.rounds if self._is_wanted(STARTS) else 0)
        return [turn.server for turn in rehearsed]

    async def rows(self, servers: Sequence[Server]) -> None:
        """Play all rows on the running servers."""
        for reading in readings(self.scale):  # before calls leave free memory behind, which would hide it
            read = [s for s in servers if s.name in reading.servers and self._is_wanted(reading.title)]
            turns = [Turn(reading.title, server.name, partial(self._read, reading, server)) for server in read]
            await self._rounds(turns, 1)
        for rows in all_rows(self.scale):
            turns = [
                Turn(row.title, server.name, partial(self._measure, row, server))
                for row in rows
                for server in servers
                if server.name in row.servers and self._is_wanted(row.title)
            ]
            self.report.grown_from |= {row.title: row.grown_from for row in rows if row.grown_from}
            await self._rounds(turns, rows[0].rounds or self.scale.rounds)
        wakers = [s for s in servers if s.name not in (*FLOORS, FORGETFUL, *JUDGING) and self._is_wanted(WAKE_UPS)]
        await self._rounds([Turn(WAKE_UPS, server.name, partial(self._wake_ups, server)) for server in wakers], 1)
        ours = [server for server in servers if server.name == DECAF]
        for title, play in (
            (A_YEAR.format(self.scale.due), self._year),
            (RESTART.format(self.scale.backlogs[-1]), self._restart),
        ):
            turns = [Turn(title, server.name, partial(play, server)) for server in ours if self._is_wanted(title)]
            await self._rounds(turns, self.scale.years)

    async def _measure(self, row: Row, server: Server) -> None:
        sample = await row.measure(server, self.scale.seconds)
        self.report.costs.setdefault((row.title, server.name), []).append(sample)

    async def _read(self, reading: Reading, server: Server) -> None:
        figure = await reading.gauge(server)
        self.report.readings.setdefault((reading.title, reading.unit, server.name), []).append(figure)

    async def _wake_ups(self, server: Server) -> None:
        delays = await wake_ups(server, self.scale.wake_ups)
        if len(delays) < self.scale.wake_ups:
            raise WrongAnswer(f"only {len(delays)} of {self.scale.wake_ups} polls were woken in time")
        self.report.delays[server.name] = delays

    async def _year(self, server: Server) -> None:
        took = await year(server, self.scale.due)
        self.report.years.setdefault(A_YEAR.format(self.scale.due), []).append(took)

    async def _restart(self, server: Server) -> None:
        messages = self.scale.backlogs[-1]
        restarted = await restart(server, messages)
        self.report.starts.setdefault((RESTART.format(messages), server.name), []).append(restarted)

    async def _rounds(self, turns: Sequence[Turn], rounds: int) -> list[Turn]:
        """Play the turns alternately; return those without an error."""
        turns = list(turns)
        for number in range(rounds):
            for turn in list(turns):
                print(f"{turn.title}, {turn.server}: round {number + 1} of {rounds}", file=sys.stderr)
                try:
                    async with asyncio.timeout(_ROUND_LIMIT):
                        await turn.play()
                except _FAILURES as error:
                    turns.remove(turn)
                    self.report.wrong.append(f"WRONG: {turn.title}, {turn.server}: {type(error).__name__}: {error}")
        return turns

    def _is_wanted(self, title: str) -> bool:
        return self.wanted.lower() in title.lower()
