"""Plays the rows in interleaved rounds: what is right goes into the report, what is not is noted there.

Rule: a server that answers wrongly is out for the rest of that row and of no other.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from .connection import WrongAnswer
from .report import Report
from .rows import STARTS, WAKE_UPS, Row, Scale, all_rows
from .servers import RESPONDER, Server
from .start_up import start
from .wake_ups import wake_ups

_ROUND_LIMIT = 120.0  # seconds for one round on one server, preparing included
_FAILURES = (WrongAnswer, OSError, TimeoutError, RuntimeError, KeyError, BotoCoreError, ClientError)


@dataclass(slots=True)
class Play:
    """One run: `wanted` is text that a row's title must have."""

    report: Report
    scale: Scale
    wanted: str = ""

    async def starts(self, names: Sequence[str], core: int | None) -> None:
        """Start each server a few times, in turns, before any is left running."""

        async def one(name: str) -> None:
            self.report.starts.setdefault(name, []).append(await start(name, core))

        await self._rounds(STARTS, [name for name in names if name != RESPONDER], self.scale.rounds, one)

    async def rows(self, servers: Sequence[Server]) -> None:
        """All rows on the running servers."""
        for row in all_rows(self.scale):
            await self._row(row, {server.name: server for server in servers if server.name in row.servers})
        await self._wake_ups({server.name: server for server in servers if server.name != RESPONDER})

    async def _row(self, row: Row, servers: dict[str, Server]) -> None:
        async def one(name: str) -> None:
            sample = await row.measure(servers[name], self.scale.seconds)
            self.report.costs.setdefault((row.title, name), []).append(sample)

        await self._rounds(row.title, list(servers), row.rounds or self.scale.rounds, one)

    async def _wake_ups(self, servers: dict[str, Server]) -> None:
        async def one(name: str) -> None:
            self.report.delays[name] = await wake_ups(servers[name], self.scale.wake_ups)

        await self._rounds(WAKE_UPS, list(servers), 1, one)

    async def _rounds(self, title: str, names: list[str], rounds: int, one: Callable[[str], Awaitable[None]]) -> None:
        if self.wanted.lower() not in title.lower():
            return
        for number in range(rounds):
            print(f"{title}: round {number + 1} of {rounds}", file=sys.stderr)
            for name in list(names):
                try:
                    async with asyncio.timeout(_ROUND_LIMIT):
                        await one(name)
                except _FAILURES as error:
                    names.remove(name)
                    self.report.wrong.append(f"WRONG: {title}, {name}: {type(error).__name__}: {error}")
