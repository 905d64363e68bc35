"""Starting: from the start of the process to its first right response, in time, CPU time and memory."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from dataclasses import dataclass

from .connection import Answer, Connection, connections
from .recorded import client, recorded
from .servers import announced, end, process_cpu, process_memory, spawn

_PATIENCE = 60.0  # seconds for a server to respond
_PAUSE = 0.002  # seconds between two tries
_QUEUE = "bench-start"


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the process's start to its first right response, the CPU seconds and the bytes it used for that."""

    wall: float
    cpu: float
    memory: float


async def start(name: str, core: int | None) -> Start:
    """Start the server, send CreateQueue until it succeeds, and end the server."""
    with closing(client("sqs", "http://127.0.0.1:1")) as boto:  # nothing is sent there
        request = recorded(boto, "create_queue", QueueName=_QUEUE).parts()
    began = time.perf_counter()
    process, url = spawn(name, core)
    try:
        with connections(url or announced(process), 1) as (connection,):
            while not _right(await _try(connection, request)):
                if time.perf_counter() - began > _PATIENCE or process.poll() is not None:
                    raise RuntimeError(f"{name} does not start")
                await asyncio.sleep(_PAUSE)
            return Start(time.perf_counter() - began, process_cpu(process.pid), process_memory(process.pid))
    finally:
        end(process)


async def _try(connection: Connection, request: tuple[bytes, bytes]) -> Answer | None:
    try:
        return await connection.ask(request)
    except ConnectionError:
        return None  # it does not listen yet


def _right(answer: Answer | None) -> bool:
    return answer is not None and answer.status == 200 and _QUEUE.encode() in answer.body
