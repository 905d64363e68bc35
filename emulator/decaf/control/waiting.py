"""Wait for an event, or check that an event does not happen, so that no test has to sleep or poll.

Rule: a wait ends as soon as possible; also when its client sends no more, and so may have gone. Its timeout is over
when the server's clock has advanced by it or as much real time has passed, whichever is first: moving the clock ends a
wait, and a frozen clock does not prolong it. When a move of the clock ends a wait, every event of that move counts;
"never" counts events up to its timeout only.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.base.half_closed import only_ends_the_wait
from decaf.control.event_filter import EventFilter, Mark, check_room, start
from decaf.control.route import ControlResponse, Route
from decaf.observe.history import HistoryEvent

if TYPE_CHECKING:
    from decaf.world import World

MAX_TIMEOUT = 60  # seconds

Seconds = Annotated[float, msgspec.Meta(ge=0, le=MAX_TIMEOUT)]


class Wait(EventFilter, frozen=True):
    """Wait up to `timeout` seconds for `count` matching events after the mark `since`; without it, from now on."""

    count: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    since: Mark | None = None
    timeout: Seconds = 10


class Waited(ControlResponse, frozen=True):
    """`happened` is whether there were as many; `events` has those that happened, oldest first."""

    happened: bool
    events: list[HistoryEvent]
    mark: Mark


class Never(EventFilter, frozen=True):
    """Check that no matching event has happened after the mark `since`, and that none does in `timeout` seconds.
    Without a mark, only later events count.
    """

    since: Mark | None = None
    timeout: Seconds = 0


class NoneSeen(ControlResponse, frozen=True):
    """`none` is whether no such event happened; otherwise `events` has the first one."""

    none: bool
    events: list[HistoryEvent]
    mark: Mark


async def _wait(world: World, request: Wait) -> Waited:
    seen = await _seen(world, request, request.since, request.count, request.timeout, inf)
    return Waited(happened=len(seen) == request.count, events=seen, mark=world.history.mark)


async def _never(world: World, request: Never) -> NoneSeen:
    seen = await _seen(world, request, request.since, 1, request.timeout, world.clock.now() + request.timeout)
    return NoneSeen(none=not seen, events=seen, mark=world.history.mark)


async def _seen(
    world: World, request: EventFilter, since: int | None, count: int, timeout: float, until: float
) -> list[HistoryEvent]:
    """Returns the first `count` matching events after the mark `since` and up to the time `until`, or those that have
    happened when the timeout is over.
    """
    over = asyncio.Event()
    seen: list[HistoryEvent] = []

    def note(event: HistoryEvent | None) -> None:
        if event is not None and event.at <= until and len(seen) < count and request.matches(event):
            seen.append(event)
        if event is None or len(seen) == count:
            over.set()

    check_room(world)
    with world.watched(note):
        for event in world.history.since(start(world, since)):
            note(event)
        if not (over.is_set() or world.history.closed):
            call_off = world.clock.call_within(timeout, lambda _: over.set(), about="")
            try:
                await over.wait()
            except asyncio.CancelledError as error:
                if not only_ends_the_wait(error):
                    raise
            finally:
                call_off()
    return seen


WAIT = Route(
    "POST",
    "/wait",
    "Wait until an event has happened",
    _wait,
    Wait,
    Waited,
    command="wait MessageReturned --queue orders --since 0 --timeout 5",
    python='control.wait_for("MessageReturned", queue="orders", since=0, timeout=5)',
    example={"kind": "MessageReturned", "queue": "orders", "since": 0, "timeout": 5},
)
NEVER = Route(
    "POST",
    "/never",
    "Check that an event does not happen",
    _never,
    Never,
    NoneSeen,
    command="never MessageDeadLettered --since 0",
    python='control.never("MessageDeadLettered", since=0)',
    example={"kind": "MessageDeadLettered", "since": 0},
)

ROUTES = (WAIT, NEVER)
