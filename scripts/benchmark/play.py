"""Plays the rows in interleaved rounds: what is right goes into the report, what is not is noted there.

Rule: a server that answers wrongly is out for the rest of that row and of no other.
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
from .rows import A_YEAR, STARTS, WAKE_UPS, Row, Scale, all_rows
from .servers import DECAF, MOTO, Server
from .start_up import start
from .wake_ups import wake_ups
from .years import year

_ROUND_LIMIT = 120.0  # seconds for one round on one server, preparing included
_COMPARED = (DECAF, MOTO)  # what starts, and wakes long polls
_FAILURES = (WrongAnswer, OSError, TimeoutError, RuntimeError, KeyError, BotoCoreError, ClientError)


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One row on one server, as it is played in each round."""

    title: str
    server: str
    play: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Play:
    """One run: `wanted` is text that a row's title must have."""

    report: Report
    scale: Scale
    wanted: str = ""

    async def starts(self, names: Sequence[str], core: int | None) -> None:
        """Start each server a few times, in turns, before any is left running."""

        async def one(name: str) -> None:
            started = await start(name, core)
            self.report.starts.setdefault(name, []).append(started)

        turns = [Turn(STARTS, name, partial(one, name)) for name in names if name in _COMPARED]
        await self._rounds(turns, self.scale.rounds)

    async def rows(self, servers: Sequence[Server]) -> None:
        """All rows on the running servers."""
        for rows in all_rows(self.scale):
            turns = [
                Turn(row.title, server.name, partial(self._measure, row, server))
                for row in rows
                for server in servers
                if server.name in row.servers
            ]
            self.report.grown_from |= {row.title: row.grown_from for row in rows if row.grown_from}
            await self._rounds(turns, rows[0].rounds or self.scale.rounds)
        wakers = [server for server in servers if server.name in _COMPARED]
        await self._rounds([Turn(WAKE_UPS, server.name, partial(self._wake_ups, server)) for server in wakers], 1)
        ours = [server for server in servers if server.name == DECAF]
        title = A_YEAR.format(self.scale.due)
        await self._rounds([Turn(title, server.name, partial(self._year, server)) for server in ours], self.scale.years)

    async def _measure(self, row: Row, server: Server) -> None:
        sample = await row.measure(server, self.scale.seconds)
        self.report.costs.setdefault((row.title, server.name), []).append(sample)

    async def _wake_ups(self, server: Server) -> None:
        delays = await wake_ups(server, self.scale.wake_ups)
        if len(delays) < self.scale.wake_ups:
            raise WrongAnswer(f"only {len(delays)} of {self.scale.wake_ups} polls were woken in time")
        self.report.delays[server.name] = delays

    async def _year(self, server: Server) -> None:
        took = await year(server, self.scale.due)
        self.report.years.setdefault(A_YEAR.format(self.scale.due), []).append(took)

    async def _rounds(self, turns: list[Turn], rounds: int) -> None:
        turns = [turn for turn in turns if self.wanted.lower() in turn.title.lower()]
        for number in range(rounds):
            for turn in list(turns):
                print(f"{turn.title}, {turn.server}: round {number + 1} of {rounds}", file=sys.stderr)
                try:
                    async with asyncio.timeout(_ROUND_LIMIT):
                        await turn.play()
                except _FAILURES as error:
                    turns.remove(turn)
                    self.report.wrong.append(f"WRONG: {turn.title}, {turn.server}: {type(error).__name__}: {error}")
