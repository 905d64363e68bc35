"""The rows over the bare client: sending, receiving with deleting, both in turn, with and without a backlog."""

from __future__ import annotations

import asyncio
import itertools
import time

from .calls import QueueCalls, delete_queues, make_queues
from .connection import Connection, WrongAnswer, connections
from .meter import Meter, queue_on
from .samples import Sample
from .servers import Server

_WARM_UP = 32  # requests that are not counted
_CHUNK = 64  # messages by which a queue is filled again


async def send(server: Server, seconds: float, wires: int, split: bool = False) -> Sample:
    """SendMessage of 1 KiB over and over, over several connections."""
    meter = Meter(server)

    async def until(end: float, wire: Connection, calls: QueueCalls) -> None:
        while time.perf_counter() < end:
            await calls.send(wire)
            meter.requests += 1

    with queue_on(server) as calls, connections(server.url, wires, split) as opened:
        for wire in opened:
            for _ in range(_WARM_UP // wires):
                await calls.send(wire)
        with meter.measuring():
            end = time.perf_counter() + seconds
            await asyncio.gather(*(until(end, wire, calls) for wire in opened))
    return meter.sample()


async def send_batches(server: Server, seconds: float) -> Sample:
    """SendMessageBatch of ten messages of 1 KiB over and over; messages are counted."""
    meter = Meter(server)
    with queue_on(server) as calls, connections(server.url, 1) as (wire,), meter.measuring():
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            await calls.fill(wire, meter.requests, 10)
            meter.requests += 10
    return meter.sample()


async def receive_and_delete_tens(server: Server, seconds: float) -> Sample:
    """A short queue drained by ReceiveMessage of ten and DeleteMessageBatch; messages are counted."""
    meter = Meter(server)
    filled = 0
    with queue_on(server) as calls, connections(server.url, 1) as (wire,):
        while meter.wall < seconds:
            await calls.fill(wire, filled, _CHUNK)
            outstanding = set(range(filled, filled + _CHUNK))
            filled += _CHUNK
            with meter.measuring():
                while outstanding:
                    meter.requests += await calls.receive_and_delete_ten(wire, outstanding)
    return meter.sample()


async def cycle(server: Server, seconds: float, wires: int, groups: int = 0) -> Sample:
    """Messages sent, received and deleted, over and over; a cycle counts.

    With groups, on a FIFO queue, and then over one connection: two would lock each other's groups.
    """
    meter = Meter(server)
    numbers = itertools.count()
    outstanding: set[int] = set()

    async def until(end: float, wire: Connection, calls: QueueCalls) -> None:
        while time.perf_counter() < end:
            number = next(numbers)
            outstanding.add(number)
            await calls.send_numbered(wire, number, groups)
            await calls.receive_and_delete(wire, outstanding)
            meter.requests += 1

    with queue_on(server, fifo=groups > 0) as calls, connections(server.url, wires) as opened, meter.measuring():
        end = time.perf_counter() + seconds
        await asyncio.gather(*(until(end, wire, calls) for wire in opened))
    return meter.sample()


async def send_among(server: Server, seconds: float, queues: int) -> Sample:
    """SendMessage from one connection to one queue of many."""
    meter = Meter(server)
    with queue_on(server) as calls, connections(server.url, 1) as (wire,):
        others = await make_queues(server.url, wire, queues)
        with meter.measuring():
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                await calls.send(wire)
                meter.requests += 1
        await delete_queues(server.url, wire, others)
    return meter.sample()


async def receive_and_delete(server: Server, seconds: float, wires: int) -> Sample:
    """A short queue filled and drained over and over; draining counts, one request being a receive and its delete."""
    meter = Meter(server)
    filled = 0

    async def drain(wire: Connection, calls: QueueCalls, outstanding: set[int]) -> None:
        for _ in range(_CHUNK // wires):
            await calls.receive_and_delete(wire, outstanding)
            meter.requests += 1

    with queue_on(server) as calls, connections(server.url, wires) as opened:
        while meter.wall < seconds:
            await calls.fill(opened[0], filled, _CHUNK)
            outstanding = set(range(filled, filled + _CHUNK))
            filled += _CHUNK
            with meter.measuring():
                await asyncio.gather(*(drain(wire, calls, outstanding) for wire in opened))
            if outstanding:
                raise WrongAnswer(f"{len(outstanding)} messages never came back")
    return meter.sample()


async def receive_and_delete_behind(server: Server, seconds: float, backlog: int, groups: int = 0) -> Sample:
    """Receives and deletes at the head of a queue with `backlog` messages, a FIFO queue if there are any groups."""
    meter = Meter(server)
    outstanding = set(range(backlog))
    with queue_on(server, fifo=groups > 0) as calls, connections(server.url, 1) as (wire,):
        await calls.fill(wire, 0, backlog, groups)
        with meter.measuring():
            end = time.perf_counter() + seconds
            while time.perf_counter() < end and len(outstanding) > backlog // 2:
                await calls.receive_and_delete(wire, outstanding)
                meter.requests += 1
    return meter.sample()


async def receive_and_delete_beside(server: Server, seconds: float, in_flight: int) -> Sample:
    """Receives and deletes on a short queue with `in_flight` messages in flight."""
    meter = Meter(server)
    with queue_on(server) as calls, connections(server.url, 1) as (wire,):
        await calls.fill(wire, 0, in_flight)
        await calls.hide(wire, in_flight)
        filled = in_flight
        while meter.wall < seconds:
            await calls.fill(wire, filled, _CHUNK)
            outstanding = set(range(filled, filled + _CHUNK))
            filled += _CHUNK
            with meter.measuring():
                while outstanding:
                    await calls.receive_and_delete(wire, outstanding)
                    meter.requests += 1
    return meter.sample()
