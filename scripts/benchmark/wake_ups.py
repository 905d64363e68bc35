"""Long polls: the time from sending a message to the response of the waiting ReceiveMessage."""

from __future__ import annotations

import asyncio
import time

from .calls import QueueCalls
from .connection import Connection, connections
from .meter import queue_on
from .servers import Server

_PARKED = 0.005  # seconds until a poll is surely waiting
_LIMIT = 30.0  # seconds for a round, however many wake-ups are missing then


async def wake_ups(server: Server, count: int) -> list[float]:
    """Return the seconds from sending a message to the poll's response, `count` times or until the time limit."""
    delays: list[float] = []
    end = time.perf_counter() + _LIMIT
    with queue_on(server) as calls, connections(server.url, 2) as (poller, sender):
        while len(delays) < count and time.perf_counter() < end:
            delays.append(await _wake_up(calls, poller, sender))
    return delays


async def _wake_up(calls: QueueCalls, poller: Connection, sender: Connection) -> float:
    async def poll() -> tuple[str, float]:
        _, handle = await calls.receive(poller, wait=20)
        return handle, time.perf_counter()

    polling = asyncio.create_task(poll())
    await asyncio.sleep(_PARKED)
    sent = time.perf_counter()
    await calls.send(sender)
    handle, answered = await polling
    await calls.delete(poller, handle)
    return answered - sent
