"""Every row of the benchmark: its title, the servers it is for, and how one round of it is played.

Rule: servers take turns within each round, so that what the machine does meanwhile falls on all of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from . import boto_rows, publish_rows, wire_rows
from .samples import Sample
from .servers import DECAF, MOTO, RESPONDER, Server

_ALL = (DECAF, MOTO, RESPONDER)
_EMULATORS = (DECAF, MOTO)

WAKE_UPS = "long poll woken"
STARTS = "process start to first answer"


@dataclass(frozen=True, slots=True)
class Scale:
    """How long and how often: seconds of each measured loop, rounds, starts, wake-ups, the large backlog."""

    seconds: float
    rounds: int
    wake_ups: int
    large_backlog: int


FULL = Scale(seconds=2.0, rounds=5, wake_ups=300, large_backlog=100_000)
QUICK = Scale(seconds=0.3, rounds=3, wake_ups=200, large_backlog=20_000)

Measure = Callable[[Server, float], Awaitable[Sample]]


@dataclass(frozen=True, slots=True)
class Row:
    """One line per server of the table of costs."""

    title: str
    servers: tuple[str, ...]
    measure: Measure
    rounds: int | None = None  # fewer than the scale's, where preparing takes long


def all_rows(scale: Scale) -> Iterable[Row]:
    """The rows that count requests."""
    send, drain = wire_rows.send, wire_rows.receive_and_delete
    behind, publish = wire_rows.receive_and_delete_behind, publish_rows.publish_to
    yield Row("SendMessage, 1 connection", _ALL, partial(send, wires=1))
    yield Row("SendMessage, 16 connections", _ALL, partial(send, wires=16))
    yield Row("SendMessage, 16 connections, two segments", _ALL, partial(send, wires=16, split=True))
    yield Row("receive + delete, 1 connection", _EMULATORS, partial(drain, wires=1))
    yield Row("receive + delete, 16 connections", _EMULATORS, partial(drain, wires=16))
    yield Row("receive + delete, backlog of 1,000", _EMULATORS, partial(behind, backlog=1_000))
    yield Row(
        f"receive + delete, backlog of {scale.large_backlog:,}",
        (DECAF,),  # moto's receives would take minutes each
        partial(behind, backlog=scale.large_backlog),
        rounds=1,
    )
    yield Row("Publish to 1 queue", _EMULATORS, partial(publish, queues=1))
    yield Row("Publish to 10 queues", _EMULATORS, partial(publish, queues=10))
    yield Row("boto3 SendMessage", _ALL, boto_rows.send)
    yield Row("boto3 receive + delete", _EMULATORS, boto_rows.receive_and_delete)
