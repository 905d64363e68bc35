"""The rows over the bare client: sending, receiving with deleting, both in turn, with and without a backlog."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import closing

from .calls import QueueCalls, delete_queues, make_queues
from .connection import Connection, WrongAnswer, connections
from .meter import Meter, queue_on
from .recorded import client, recorded
from .samples import Sample
from .servers import Server

_WARM_UP = 32  # requests that are not counted
_CHUNK = 64  # messages by which a queue is filled again


async def send(
    server: Server,
    seconds: float,
    wires: int,
    split: bool = False,
    attributes: bool = False,
    protocol: type[QueueCalls] = QueueCalls,
) -> Sample:
    """SendMessage of 1 KiB, with three attributes or none, over and over, over several connections."""
    meter = Meter(server)

    async def until(end: float, wire: Connection, call: Callable[[Connection], Awaitable[None]]) -> None:
        while time.perf_counter() < end:
            await call(wire)
            meter.requests += 1

    with queue_on(server, calls=protocol) as calls, connections(server.url, wires, split) as opened:
        call = calls.send_with_attributes if attributes else calls.send
        for wire in opened:
            for _ in range(_WARM_UP // wires):
                await call(wire)
        with meter.measuring():
            end = time.perf_counter() + seconds
            await asyncio.gather(*(until(end, wire, call) for wire in opened))
    return meter.sample()


async def send_batches(server: Server, seconds: float) -> Sample:
    """SendMessageBatch of ten messages of 1 KiB over and over; messages are counted."""
    meter = Meter(server)
    with queue_on(server) as calls, connections(server.url, 1) as (wire,), meter.measuring():
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            await calls.send_ten(wire, meter.requests)
            meter.requests += 10
    return meter.sample()


async def tens(server: Server, seconds: float, deleting: bool) -> Sample:
    """A short queue drained by tens; of ReceiveMessage and DeleteMessageBatch one is measured; messages are counted."""
    receipts, deletions = Meter(server), Meter(server)
    meter = deletions if deleting else receipts
    filled = 0
    with queue_on(server) as calls, connections(server.url, 1) as (wire,):
        while meter.wall < seconds:
            await calls.fill(wire, filled, _CHUNK)
            outstanding = set(range(filled, filled + _CHUNK))
            filled += _CHUNK
            while outstanding:
                with receipts.measuring():
                    handles = await calls.receive_ten(wire, outstanding)
                with deletions.measuring():
                    await calls.delete_ten(wire, handles)
                meter.requests += len(handles)
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


async def list_queues(server: Server, seconds: float, queues: int) -> Sample:
    """ListQueues of so many queues over and over, over one connection."""
    meter = Meter(server)
    with closing(client("sqs", server.url)) as sqs, connections(server.url, 1) as (wire,):
        urls = await make_queues(server.url, wire, queues)
        request = recorded(sqs, "list_queues").parts()
        with meter.measuring():
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                answer = await wire.ask(request)
                if answer.status != 200 or answer.body.count(b"/bench-") < queues:
                    raise WrongAnswer(f"ListQueues returned {answer.body[:300]!r}")
                meter.requests += 1
        await delete_queues(server.url, wire, urls)
    return meter.sample()


async def receive_and_delete(
    server: Server, seconds: float, wires: int, protocol: type[QueueCalls] = QueueCalls
) -> Sample:
    """A short queue filled and drained over and over; draining counts, one request being a receive and its delete."""
    meter = Meter(server)
    filled = 0

    async def drain(wire: Connection, calls: QueueCalls, outstanding: set[int]) -> None:
        for _ in range(_CHUNK // wires):
            await calls.receive_and_delete(wire, outstanding)
            meter.requests += 1

    with queue_on(server, calls=protocol) as calls, connections(server.url, wires) as opened:
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
