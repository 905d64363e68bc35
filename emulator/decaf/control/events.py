"""The history of events: search it, or follow it as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.control import across, marks, streams
from decaf.control.event_filter import EventFilter, Mark, check_room, start
from decaf.control.route import EVENT_STREAM, Across, ControlResponse, EmptyRequest, Refused, Route, Shards
from decaf.http.rendering import Stream
from decaf.observe.history import HistoryEvent
from decaf_protocol import dumps

if TYPE_CHECKING:
    from decaf.world import World

_MOST = 10_000  # events that one search returns
_HEARTBEAT = 15.0  # seconds without an event after which a comment is sent
STREAM_HEADERS = (("Content-Type", EVENT_STREAM), ("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no"))


class FindEvents(EventFilter, frozen=True):
    """Returns the first `limit` matching events after the mark `since`; without a mark, the latest `limit`."""

    since: Mark | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=_MOST)] = 1_000


class FoundEvents(ControlResponse, frozen=True):
    """Events, oldest first; `mark` is the value for `since` in the next call."""

    events: list[HistoryEvent]
    mark: Mark


class CurrentMark(ControlResponse, frozen=True):
    """The present mark: every later event is after it."""

    mark: Mark


class FollowEvents(EventFilter, frozen=True):
    """Returns the matching events after the mark `since`; without a mark, from now on."""

    since: Mark | None = None


def _find(world: World, request: FindEvents) -> FoundEvents:
    world.settle()
    history = world.history
    since = 0 if request.since is None else start(world, request.since)
    found = [event for event in history.since(since) if request.matches(event)]
    some = found[-request.limit :] if request.since is None else found[: request.limit]
    cut = request.since is not None and len(found) > len(some)
    return FoundEvents(
        events=some,
        mark=some[-1].mark if cut else history.mark,
    )


def _mark(world: World, _: EmptyRequest) -> CurrentMark:
    world.settle()
    return CurrentMark(mark=world.history.mark)


def _follow(world: World, request: FollowEvents) -> Stream:
    if not world.settings.max_history:
        raise Refused("the server has no history: its setting max_history is 0", 409)
    world.settle()
    check_room(world)
    return Stream(STREAM_HEADERS, _stream(world, request, start(world, request.since)))


async def _stream(world: World, request: EventFilter, mark: int) -> AsyncGenerator[bytes, None]:
    """Yields the events after `mark`. The history is the buffer: a client too slow for it gets an event named Lost."""
    news = asyncio.Event()
    history = world.history
    with world.watched(lambda _: news.set()):
        yield b": events follow\n\n"
        while not history.closed:
            news.clear()
            lost = b"" if history.remembers(mark) else b"event: Lost\ndata: {}\n\n"
            events = b"".join(_event(event) for event in history.since(mark) if request.matches(event))
            mark = history.mark
            if lost or events:
                yield lost + events
            elif await _is_silent(world, news):
                yield b": no event so far\n\n"


async def _is_silent(world: World, news: asyncio.Event) -> bool:
    """Waits for an event. Returns whether none came for the time of a heartbeat."""
    silent = False

    def ring(_: float) -> None:
        nonlocal silent
        silent = True
        news.set()

    cancel = world.clock.call_within(_HEARTBEAT, ring, about="")
    try:
        await news.wait()
    finally:
        cancel()
    return silent


def _event(event: HistoryEvent) -> bytes:
    data = dumps(event)
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.mark, event.kind.encode(), data)


async def _find_all(shards: Shards, route: Route[FindEvents, FoundEvents], request: FindEvents) -> FoundEvents:
    asked = across.since(request, shards)
    found = await across.ask_all(shards, route, asked)
    after = None if request.since is None else [each.since or 0 for each in asked]
    events, mark = across.page_of_marked(
        [each.events for each in found], [each.mark for each in found], after, request.limit, lambda event: event.at
    )
    return FoundEvents(events=events, mark=mark)


def _join(_: EmptyRequest, found: list[CurrentMark]) -> CurrentMark:
    return CurrentMark(mark=marks.join([each.mark for each in found]))


async def starts(shards: Shards, since: int | None) -> list[int]:
    """Returns the marks of all shards to start at: those of `since`, else the present ones. Raises Refused."""
    if since is not None:
        return marks.split(since, shards.count)
    return [each.mark for each in await across.ask_all(shards, GET_MARK, EmptyRequest())]


async def _follow_all(shards: Shards, route: Route[FollowEvents, HistoryEvent], request: FollowEvents) -> Stream:
    begin = marks.join(await starts(shards, request.since))
    search = FindEvents(**msgspec.structs.asdict(request) | {"since": begin}, limit=_MOST)
    known = await _find_all(shards, FIND_EVENTS, search)
    asked = across.since(msgspec.structs.replace(request, since=known.mark), shards)
    opened = await streams.open_all(shards, route, asked)
    return Stream(STREAM_HEADERS, _merged(known.events, opened, marks.split(known.mark, shards.count)))


async def _merged(known: list[HistoryEvent], opened: list[Stream], position: list[int]) -> AsyncGenerator[bytes, None]:
    """Yields what is known, which is in the order of time, then the events of all shards as they come."""
    async with AsyncExitStack() as stack:
        each_shard = [await stack.enter_async_context(aclosing(streams.events(stream))) for stream in opened]
        yield b"".join(map(_event, known))
        blocks = await stack.enter_async_context(aclosing(streams.merged(each_shard)))
        async for shard, block in blocks:
            if streams.field(block, b"id") is None:
                yield block
                continue
            event = msgspec.json.decode(streams.field(block, b"data") or b"", type=HistoryEvent)
            position[shard] = event.mark
            yield _event(msgspec.structs.replace(event, mark=marks.join(position, shard)))


FIND_EVENTS = Route(
    "GET",
    "/events",
    "Search the history of events",
    _find,
    FindEvents,
    FoundEvents,
    command="events MessageReceived --queue orders",
    python='control.events("MessageReceived", queue="orders")',
    example={"kind": "MessageReceived", "queue": "orders"},
    across=Across(_find_all, everywhere=True),
)
GET_MARK = Route(
    "GET",
    "/mark",
    "Return the present mark in the history",
    _mark,
    EmptyRequest,
    CurrentMark,
    command="mark",
    python="control.mark()",
    across=across.joined(_join),
)
FOLLOW_EVENTS = Route(
    "GET",
    "/events/stream",
    "Stream events as server-sent events: `event` is the kind, `id` the mark, `data` the event as /events returns it",
    _follow,
    FollowEvents,
    HistoryEvent,
    command="tail MessageReceived --since 0 --count 1",
    python='next(control.follow("MessageReceived", since=0))',
    example={"kind": "MessageReceived", "since": 0},
    media=EVENT_STREAM,
    across=Across(_follow_all, everywhere=True),
)

ROUTES = (FIND_EVENTS, GET_MARK, FOLLOW_EVENTS)
