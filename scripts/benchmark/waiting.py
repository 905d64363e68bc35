"""The cost of waiting: the memory of a queued message, and the CPU of long polls without messages."""

from __future__ import annotations

import asyncio
import os
import resource

from .calls import QueueCalls
from .connection import Connection, connections
from .meter import queue_on
from .servers import Server, running

_FIRST = 20_000  # messages after which the history and the like have reached their full size
_PARKING = 1.0  # seconds until all polls are surely waiting
_WAIT = 20  # seconds that a poll waits: SQS's maximum


async def bytes_per_message(server: Server, count: int) -> float:
    """Return the bytes by which the memory of a server like this one grows per queued message of 1 KiB.

    It is started for this: one that has worked before has memory that is free, which new messages take first.
    """
    cores = os.sched_getaffinity(server.pid)
    core = cores.pop() if len(cores) == 1 else None
    with (
        running(server.name, core) as fresh,
        queue_on(fresh) as calls,
        connections(fresh.url, 1) as (wire,),
    ):
        await calls.fill(wire, 0, _FIRST)
        before = fresh.memory()
        await calls.fill(wire, _FIRST, count)
        return (fresh.memory() - before) / count


async def idle_polls(server: Server, seconds: float, polls: int) -> float:
    """Return milliseconds of the server's CPU per second while `count` long polls wait at one queue."""
    _allow_connections(polls)
    with queue_on(server) as calls, connections(server.url, polls) as opened:
        waiting = [asyncio.create_task(_poll(calls, wire)) for wire in opened]
        await asyncio.sleep(_PARKING)
        before = server.cpu()
        await asyncio.sleep(seconds)
        used = server.cpu() - before
        ended = [task for task in waiting if task.done()]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for task in ended:
            task.result()
    return used / seconds * 1_000


async def _poll(calls: QueueCalls, wire: Connection) -> None:
    await calls.poll(wire, _WAIT)


def _allow_connections(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2 * count, hard), hard))
