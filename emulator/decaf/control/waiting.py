"""Waiting for something to happen, or for nothing to: no test has to sleep or to look again and again.

Rule: a wait ends as soon as it can. Its timeout is over when the clock has gone on by so much or as much time has
really passed, whichever is first: moving the clock ends it, and freezing the clock does not keep it. A wait still
sees all of the move that ends it; "never" looks no further than its timeout.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.control.event_filter import Mark, Which, check_room, start
from decaf.control.route import Gives, Route
from decaf.observe.history import HistoryEvent

if TYPE_CHECKING:
    from decaf.world import World

LONGEST = 60  # seconds

Seconds = Annotated[float, msgspec.Meta(ge=0, le=LONGEST)]


class Wait(Which, frozen=True):
    """For `count` such happenings after the mark `since` (without one: from now on), for `timeout` seconds."""

    count: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    since: Mark | None = None
    timeout: Seconds = 10


class Waited(Gives, frozen=True):
    """Whether as many happened, and those that did, oldest first."""

    happened: bool
    events: list[HistoryEvent]
    mark: Mark


class Never(Which, frozen=True):
    """No such happening after the mark `since` (without one: from now on), nor in the next `timeout` seconds."""

    since: Mark | None = None
    timeout: Seconds = 0


class NeverSeen(Gives, frozen=True):
    """Whether none happened; else `events` has the first that did."""

    none: bool
    events: list[HistoryEvent]
    mark: Mark


async def _wait(world: World, asked: Wait) -> Waited:
    seen = await _seen(world, asked, asked.since, asked.count, asked.timeout, inf)
    return Waited(happened=len(seen) == asked.count, events=seen, mark=world.history.mark)


async def _never(world: World, asked: Never) -> NeverSeen:
    seen = await _seen(world, asked, asked.since, 1, asked.timeout, world.clock.now() + asked.timeout)
    return NeverSeen(none=not seen, events=seen, mark=world.history.mark)


async def _seen(
    world: World, asked: Which, since: int | None, count: int, timeout: float, until: float
) -> list[HistoryEvent]:
    """Those that happened after `since`, and by `until`, up to when they are `count` or `timeout` is over."""
    over = asyncio.Event()
    seen: list[HistoryEvent] = []

    def note(record: HistoryEvent | None) -> None:
        if record is not None and record.at <= until and len(seen) < count and asked.fits(record):
            seen.append(record)
        if record is None or len(seen) == count:
            over.set()

    check_room(world)
    with world.watched(note):
        for record in world.history.since(start(world, since)):
            note(record)
        if not (over.is_set() or world.history.closed):
            call_off = world.clock.call_within(timeout, lambda _: over.set(), about="")
            try:
                await over.wait()
            finally:
                call_off()
    return seen


ROUTES = (
    Route(
        "POST",
        "/wait",
        "Wait until something happens",
        _wait,
        Wait,
        Waited,
        example={"kind": "MessageDeleted", "queue": "orders", "timeout": 5},
    ),
    Route(
        "POST",
        "/never",
        "Check that something does not happen",
        _never,
        Never,
        NeverSeen,
        example={"kind": "MessageDeadLettered", "since": 0},
    ),
)
