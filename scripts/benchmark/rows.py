"""Every row of the benchmark: its title, the servers it is for, and how one round of it is played.

Rule: servers take turns within each round, and so do rows that are held against each other, so that what the machine
does meanwhile falls on all of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from . import boto_rows, publish_rows, wire_rows
from .publish_rows import Audience
from .samples import Sample
from .servers import DECAF, FORGETFUL, MOTO, RESPONDER, Server

_ALL = (DECAF, MOTO, RESPONDER)
_EMULATORS = (DECAF, MOTO)
_UNBOUNDED = (DECAF,)  # moto's server could not be drained: its receive costs more with every message

_SMALL_BACKLOG = 1_000
_CLOSE_ROUNDS = 9

WAKE_UPS = "long poll woken"
STARTS = "process start to first answer"
REMEMBERED = "SendMessage with history on against off"
A_YEAR = "advance a year with {:,} messages due"


@dataclass(frozen=True, slots=True)
class Scale:
    """How long and how often: seconds of each measured loop, rounds (starts too), wake-ups, messages, years."""

    seconds: float
    rounds: int
    backlog_rounds: int  # fewer: moto's server takes half a minute to fill and drain 1,000 messages
    wake_ups: int
    large_backlog: int
    years: int
    due: int = 100_000  # messages due in a year


FULL = Scale(seconds=2.0, rounds=5, backlog_rounds=3, wake_ups=300, large_backlog=100_000, years=3)
QUICK = Scale(seconds=0.3, rounds=3, backlog_rounds=1, wake_ups=200, large_backlog=20_000, years=1)

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
    rounds: int | None = None  # fewer than the scale's, where preparing takes long; more, where little is told apart
    grown_from: str | None = None  # the title of the row that has the same to do with fewer messages


def all_rows(scale: Scale) -> Iterable[tuple[Row, ...]]:
    """The rows that count requests; those that take turns are together."""
    yield from ((row,) for row in _plain_rows())
    yield from _grown_rows(scale)


def _plain_rows() -> Iterable[Row]:
    send, drain = wire_rows.send, wire_rows.receive_and_delete
    publish = publish_rows.publish_to
    yield Row("SendMessage, 1 connection", _ALL, partial(send, wires=1))
    yield Row("SendMessage, 16 connections", _ALL, partial(send, wires=16))
    yield Row("SendMessage, 16 connections, two segments", _ALL, partial(send, wires=16, split=True))
    yield Row(REMEMBERED, (DECAF, FORGETFUL), partial(send, wires=1), rounds=_CLOSE_ROUNDS)
    yield Row("receive + delete, 1 connection", _EMULATORS, partial(drain, wires=1))
    yield Row("receive + delete, 16 connections", _EMULATORS, partial(drain, wires=16))
    for title, servers, audience in _AUDIENCES:
        yield Row(f"Publish to {title}", servers, partial(publish, audience=audience))
    yield Row("boto3 SendMessage", _ALL, boto_rows.send)
    yield Row("boto3 receive + delete", _EMULATORS, boto_rows.receive_and_delete)


def _grown_rows(scale: Scale) -> Iterable[tuple[Row, Row]]:
    """The same with few messages and with many, which should not cost more."""
    behind, beside = wire_rows.receive_and_delete_behind, wire_rows.receive_and_delete_beside
    kinds: tuple[tuple[str, Callable[[int], Measure], tuple[str, ...]], ...] = (
        ("backlog of {:,}", lambda size: partial(behind, backlog=size), _EMULATORS),
        ("FIFO, 1 group, backlog of {:,}", lambda size: partial(behind, backlog=size, groups=1), _UNBOUNDED),
        (
            "FIFO, 10,000 groups, backlog of {:,}",
            lambda size: partial(behind, backlog=size, groups=10_000),
            _UNBOUNDED,
        ),
        ("{:,} in flight", lambda size: partial(beside, in_flight=size), _UNBOUNDED),
    )
    for kind, measure, servers in kinds:
        small, large = (f"receive + delete, {kind.format(size)}" for size in (_SMALL_BACKLOG, scale.large_backlog))
        yield (
            Row(small, servers, measure(_SMALL_BACKLOG), scale.backlog_rounds),
            Row(large, _UNBOUNDED, measure(scale.large_backlog), scale.backlog_rounds, grown_from=small),
        )
