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

from decaf.base.clock import seconds
from decaf.base.half_closed import only_ends_the_wait
from decaf.control import across
from decaf.control.event_filter import EventFilter, Mark, check_room, start
from decaf.control.events import FIND_EVENTS, FindEvents, starts
from decaf.control.route import Across, ControlResponse, Route, Shards
from decaf.control.together import until_first
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


async def _wait_for_any(shards: Shards, route: Route[Wait, Waited], request: Wait) -> Waited:
    began, begun = seconds(), await starts(shards, request.since)
    position, parts = list(begun), [list[HistoryEvent]() for _ in begun]

    def missing() -> int:
        return request.count - sum(map(len, parts))

    async def wait(shard: int) -> None:
        """Collect the events of one shard until there are as many as are waited for, or the timeout is over."""
        while missing() > 0:
            left = 0.0 if shards.ends_wait else max(0.0, request.timeout - (seconds() - began))
            asked = msgspec.structs.replace(request, count=1, since=position[shard], timeout=left)
            waited = await across.ask(shards, shard, route, asked)
            if not waited.happened:
                position[shard] = waited.mark
                return
            found = await across.ask(shards, shard, FIND_EVENTS, _search(request, position[shard], missing()))
            parts[shard] += found.events
            position[shard] = found.mark

    await until_first([wait(shard) for shard in range(shards.count)], lambda: missing() <= 0)
    events, mark = across.page_of_marked(parts, position, begun, request.count, lambda event: event.at)
    return Waited(happened=len(events) == request.count, events=events, mark=mark)


def _search(request: Wait, since: int, limit: int) -> FindEvents:
    fields = {name: getattr(request, name) for name in EventFilter.__struct_fields__}
    return FindEvents(**fields, since=since, limit=max(1, limit))


async def _never_in_any(shards: Shards, route: Route[Never, NoneSeen], request: Never) -> NoneSeen:
    begun = await starts(shards, request.since)
    position, parts = list(begun), [list[HistoryEvent]() for _ in begun]

    async def look(shard: int) -> None:
        timeout = 0.0 if shards.ends_wait else request.timeout
        asked = msgspec.structs.replace(request, since=begun[shard], timeout=timeout)
        seen = await across.ask(shards, shard, route, asked)
        parts[shard] += seen.events
        position[shard] = seen.mark

    await until_first([look(shard) for shard in range(shards.count)], lambda: any(parts))
    events, mark = across.page_of_marked(parts, position, begun, 1, lambda event: event.at)
    return NoneSeen(none=not events, events=events, mark=mark)


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
    across=Across(_wait_for_any, everywhere=True),
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
    across=Across(_never_in_any, everywhere=True),
)

ROUTES = (WAIT, NEVER)
