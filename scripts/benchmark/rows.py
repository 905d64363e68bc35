"""Every row of the benchmark: its title, its servers, and the function that plays one round.

Rule: servers take turns within each round, and so do rows that are compared with each other, so that other work of the
machine affects them alike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from . import boto_rows, in_process, pings, publish_rows, waiting, wire_rows
from .peers import ELASTICMQ, FAUXQS, GOAWS, LOCALSTACK, MINISTACK, MOTO, RUSTACK, SQSLITE
from .publish_rows import Subscribers
from .query_calls import QueryCalls
from .recorded import BODY, JSON_BODY
from .samples import Sample
from .servers import DECAF, ENFORCE, FLOORS, FORGETFUL, OFF, PASSED_ON, RESPONDER, STATIC, WARN, Server

_SLOW = (MOTO, LOCALSTACK)  # moto's receive costs more with every message: it could not be drained
_SWIFT_TOPICS = (DECAF, FAUXQS, GOAWS, MINISTACK, RUSTACK)
_TOPICS = (*_SWIFT_TOPICS, *_SLOW)  # those that have SNS too
_SWIFT = (*_SWIFT_TOPICS, ELASTICMQ, SQSLITE)
_EMULATORS = (*_SWIFT, *_SLOW)
_QUERY = (DECAF, GOAWS, MINISTACK, ELASTICMQ, *_SLOW)  # those that have the Query protocol for SQS
_FIFO = (*_TOPICS, ELASTICMQ)  # those that have FIFO queues
_ALL = (*_EMULATORS, *FLOORS)
_ALONE = (DECAF,)  # too slow for the others, or not supported by them

WAKE_UPS = "long poll woken"
STARTS = "process start to first answer"
BOTO_SEND = "boto3 SendMessage"
REMEMBERED = "SendMessage with history on against off"
HOP = "SendMessage to another node than the active one"
JUDGED = "SendMessage with access warn and enforce against off"
WORST_PING = "worst ping beside"
_DISK = " on disk"
A_YEAR = "advance a year with {:,} messages due"
RESTART = "restart with {:,} messages"

_CLOSE_ROUNDS = 15
_LONG_ROUNDS = 3
_FEW = 10  # queues that are made and deleted in no time


@dataclass(frozen=True, slots=True)
class Scale:
    """How long and how often: seconds of each measured loop, rounds (starts too), wake-ups, messages and so on.

    `backlogs` are the sizes of queues; the others are compared with the first.
    """

    seconds: float
    rounds: int
    wake_ups: int
    backlogs: tuple[int, ...]
    queued: int  # messages whose memory is measured
    polls: int
    queues: int
    years: int
    patience: float = 0.0  # seconds for turns that are played again, since the machine was busy
    sends: int = 500  # from one test
    due: int = 100_000  # messages due in a year


FULL = Scale(
    0.3,
    5,
    wake_ups=200,
    backlogs=(1_000, 10_000, 100_000, 1_000_000),
    queued=50_000,
    polls=1_000,
    queues=10_000,
    years=3,
    patience=240.0,
)
QUICK = Scale(
    0.2, 3, wake_ups=100, backlogs=(1_000, 10_000), queued=10_000, polls=200, queues=1_000, years=1, patience=40.0
)

_SUBSCRIBERS = (
    ("1 queue", _TOPICS, Subscribers(1)),
    ("10 queues", _TOPICS, Subscribers(10)),
    ("100 queues", _SWIFT_TOPICS, Subscribers(100)),
    ("1 queue, enveloped", _ALONE, Subscribers(1, raw=False)),
    ("100 queues, enveloped", _ALONE, Subscribers(100, raw=False)),
    ("1 queue, 9 filtered out", _TOPICS, Subscribers(1, filtered=9)),
    ("1 queue, 199 filtered out", _SWIFT_TOPICS, Subscribers(1, filtered=199)),
    ("1 queue and a dead HTTP endpoint", _ALONE, Subscribers(1, dead_endpoints=1)),
)

Measure = Callable[[Server, float], Awaitable[Sample]]
Gauge = Callable[[Server], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Row:
    """One line per server of the table of costs."""

    title: str
    servers: tuple[str, ...]
    measure: Measure
    rounds: int | None = None  # fewer than the scale's where preparing takes long, more where differences are small
    grown_from: str | None = None  # the title of the row that does the same with fewer messages


@dataclass(frozen=True, slots=True)
class Reading:
    """One line per server of the table of other costs: one figure per round, in `unit`."""

    title: str
    unit: str
    servers: tuple[str, ...]
    gauge: Gauge


def all_rows(scale: Scale) -> Iterable[tuple[Row, ...]]:
    """Return the rows that count requests; those that take turns are together."""
    yield from ((row,) for row in _plain_rows())
    yield from _grown_rows(scale)
    among = wire_rows.send_among
    titles = ("SendMessage, 1 queue besides", f"SendMessage, {scale.queues:,} queues besides")
    yield (
        Row(titles[0], _ALONE, partial(among, queues=1), _LONG_ROUNDS),
        Row(titles[1], _ALONE, partial(among, queues=scale.queues), _LONG_ROUNDS, grown_from=titles[0]),
    )


def readings(scale: Scale) -> Iterable[Reading]:
    """Return the figures that are no rates."""
    yield Reading(
        "memory of a queued message of 1 KiB", "bytes", _SWIFT, partial(waiting.bytes_per_message, count=scale.queued)
    )
    yield Reading(
        f"{scale.polls:,} idle long polls",
        "ms of CPU per second",
        _EMULATORS,
        partial(waiting.idle_polls, seconds=max(2.0, scale.seconds), polls=scale.polls),
    )
    for title, server_names, ask in (
        ("over a socket", (DECAF, STATIC), in_process.over_a_socket),
        ("in the process of the test", _ALONE, in_process.without_a_socket),
        ("in the process of the test, by mock_aws", (MOTO,), in_process.by_motos_decorator),
    ):
        yield Reading(f"one boto3 SendMessage, {title}", "µs", server_names, partial(ask, calls=scale.sends))
    queues, messages = scale.queues, scale.backlogs[-1]
    some, few = messages // 5, messages // 10

    def kept(gauge: Gauge) -> Gauge:
        return partial(pings.on_disk, gauge=gauge)

    for beside, gauge in (
        (f"the purge of {messages:,} messages", partial(pings.beside_a_purge, messages=messages)),
        (f"ListQueues over {queues:,}", partial(pings.beside_a_list, queues=queues)),
        (f"Publish to {queues:,} queues", partial(pings.beside_publishing, queues=queues)),
        (f"PublishBatch of 10 to {queues:,} queues", partial(pings.beside_publishing, queues=queues, batch=True)),
        (f"a clock move that expires {messages:,} messages", partial(pings.beside_a_clock_move, messages=messages)),
        (f"saving and restoring {some:,} messages", partial(pings.beside_a_snapshot, messages=some)),
        (f"saving and restoring {some:,} sends of a FIFO queue", partial(pings.beside_a_snapshot_of_sends, sends=some)),
        (f"saving and restoring {queues:,} queues", partial(pings.beside_a_snapshot_of_queues, queues=queues)),
        (f"loading a file of {some:,} messages", partial(pings.beside_a_snapshot_file, messages=some)),
        (f"a clock move that expires {few:,} messages{_DISK}", kept(partial(pings.beside_a_clock_move, messages=few))),
        (f"the purge of {few:,} messages{_DISK}", kept(partial(pings.beside_a_purge, messages=few))),
        (f"saving and restoring {few:,} messages{_DISK}", kept(partial(pings.beside_a_snapshot, messages=few))),
    ):
        yield Reading(f"{WORST_PING} {beside}", "ms", _ALONE, gauge)


def _plain_rows() -> Iterable[Row]:
    send, drain, cycle = wire_rows.send, wire_rows.receive_and_delete, wire_rows.cycle
    publish = publish_rows.publish_to
    yield Row("SendMessage, 1 connection", _ALL, partial(send, wires=1))
    yield Row("SendMessage, 16 connections", _ALL, partial(send, wires=16))
    yield Row(
        "SendMessage, 16 connections, two segments", (DECAF, RESPONDER, STATIC), partial(send, wires=16, split=True)
    )
    yield Row(REMEMBERED, (DECAF, FORGETFUL), partial(send, wires=1), rounds=_CLOSE_ROUNDS)
    yield Row(JUDGED, (OFF, WARN, ENFORCE), partial(send, wires=1), rounds=_CLOSE_ROUNDS)
    for wires in (1, 16):
        yield Row(f"{HOP}, {wires} connection{'s' * (wires > 1)}", (DECAF, PASSED_ON), partial(send, wires=wires))
    yield Row("SendMessage, 64 connections", (*_SWIFT, *FLOORS), partial(send, wires=64))
    yield Row("SendMessage with 3 attributes, 16 connections", _EMULATORS, partial(send, wires=16, attributes=True))
    yield Row("SendMessage by Query, 16 connections", _QUERY, partial(send, wires=16, protocol=QueryCalls))
    yield Row("messages by SendMessageBatch of 10", _EMULATORS, wire_rows.send_batches)
    yield Row("receive + delete, 1 connection", _EMULATORS, partial(drain, wires=1))
    yield Row("receive + delete, 16 connections", _EMULATORS, partial(drain, wires=16))
    yield Row("receive + delete by Query, 16 connections", _QUERY, partial(drain, wires=16, protocol=QueryCalls))
    yield Row("messages by ReceiveMessage of 10", _EMULATORS, partial(wire_rows.tens, deleting=False))
    yield Row("messages by DeleteMessageBatch of 10", _EMULATORS, partial(wire_rows.tens, deleting=True))
    yield Row("send + receive + delete, 1 connection", _EMULATORS, partial(cycle, wires=1))
    yield Row("send + receive + delete, 16 connections", _EMULATORS, partial(cycle, wires=16))
    yield Row("FIFO, 100 groups: send + receive + delete", _FIFO, partial(cycle, wires=1, groups=100))
    yield Row("ListQueues of 1,000", _SWIFT, partial(wire_rows.list_queues, queues=1_000), rounds=_LONG_ROUNDS)
    for title, servers, subscribers in _SUBSCRIBERS:
        rounds = _LONG_ROUNDS if subscribers.queues + subscribers.filtered > _FEW else None
        yield Row(f"Publish to {title}", servers, partial(publish, subscribers=subscribers), rounds)
        if servers is not _ALONE:
            several = partial(publish, subscribers=subscribers, wires=16)
            yield Row(f"Publish to {title}, 16 connections", servers, several, rounds)
    for kind, body in (("1 KiB of JSON", JSON_BODY), ("256 KiB", BODY * 256), ("1 MiB", BODY * 1_024)):
        yield Row(f"Publish of {kind} to 1 queue", _TOPICS, partial(publish, subscribers=Subscribers(1), body=body))
    yield Row("receive + delete of a published message, enveloped", _TOPICS, publish_rows.receive_published)
    yield Row(BOTO_SEND, (*_EMULATORS, STATIC), boto_rows.send)
    yield Row("boto3 receive + delete", _EMULATORS, boto_rows.receive_and_delete)


def _grown_rows(scale: Scale) -> Iterable[tuple[Row, ...]]:
    """Return rows with few messages and with many, which should cost the same; only the simplest has the most."""
    behind, beside = wire_rows.receive_and_delete_behind, wire_rows.receive_and_delete_beside
    kinds: tuple[tuple[str, Callable[[int], Measure], int], ...] = (
        ("backlog of {:,}", lambda size: partial(behind, backlog=size), scale.backlogs[-1]),
        ("FIFO, 1 group, backlog of {:,}", lambda size: partial(behind, backlog=size, groups=1), 100_000),
        ("FIFO, 10,000 groups, backlog of {:,}", lambda size: partial(behind, backlog=size, groups=10_000), 100_000),
        ("{:,} in flight", lambda size: partial(beside, in_flight=size), 100_000),
    )
    for kind, measure, most in kinds:
        small, *larger = (size for size in scale.backlogs if size <= most)
        plain = kind.startswith("backlog")
        first = f"receive + delete, {kind.format(small)}"
        yield (
            Row(first, _EMULATORS if plain else _ALONE, measure(small), _LONG_ROUNDS),
            *(
                Row(
                    f"receive + delete, {kind.format(size)}",
                    _SWIFT if plain and size <= 10_000 else _ALONE,
                    measure(size),
                    _LONG_ROUNDS,
                    grown_from=first,
                )
                for size in larger
            ),
        )
