"""Every row of the benchmark: its title, the servers it is for, and how one round of it is played.

Rule: servers take turns within each round, so that what the machine does meanwhile falls on all of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from . import boto_rows, publish_rows, wire_rows
from .publish_rows import Audience
from .samples import Sample
from .servers import DECAF, MOTO, RESPONDER, Server

_ALL = (DECAF, MOTO, RESPONDER)
_EMULATORS = (DECAF, MOTO)
_UNBOUNDED = (DECAF,)  # moto's server could not be drained: its receive costs more with every message

WAKE_UPS = "long poll woken"
STARTS = "process start to first answer"


@dataclass(frozen=True, slots=True)
class Scale:
    """How long and how often: seconds of each measured loop, rounds (starts too), wake-ups, messages."""

    seconds: float
    rounds: int
    backlog_rounds: int  # fewer: moto's server takes half a minute to fill and drain 1,000 messages
    wake_ups: int
    large_backlog: int


FULL = Scale(seconds=2.0, rounds=5, backlog_rounds=3, wake_ups=300, large_backlog=100_000)
QUICK = Scale(seconds=0.3, rounds=3, backlog_rounds=1, wake_ups=200, large_backlog=20_000)

_AUDIENCES = (
    ("1 queue", _EMULATORS, Audience(1)),
    ("10 queues", _EMULATORS, Audience(10)),
    ("100 queues", _UNBOUNDED, Audience(100)),
    ("1 queue, enveloped", _UNBOUNDED, Audience(1, raw=False)),
    ("100 queues, enveloped", _UNBOUNDED, Audience(100, raw=False)),
    ("1 queue, 99 filtered out", _UNBOUNDED, Audience(1, filtered=99)),
    ("1 queue and a dead HTTP endpoint", _UNBOUNDED, Audience(1, dead_endpoints=1)),
)

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
    for backlog, servers in ((1_000, _EMULATORS), (scale.large_backlog, _UNBOUNDED)):
        title = f"receive + delete, backlog of {backlog:,}"
        yield Row(title, servers, partial(behind, backlog=backlog), scale.backlog_rounds)
    for title, servers, audience in _AUDIENCES:
        yield Row(f"Publish to {title}", servers, partial(publish, audience=audience))
    yield Row("boto3 SendMessage", _ALL, boto_rows.send)
    yield Row("boto3 receive + delete", _EMULATORS, boto_rows.receive_and_delete)
