"""The history to read: what happened so far, and what happens, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.control.event_filter import Mark, Which, check_room, start
from decaf.control.route import Gives, Nothing, Refused, Route
from decaf.http.rendering import Stream
from decaf.observe.history import HistoryEvent
from decaf_protocol import dumps

if TYPE_CHECKING:
    from decaf.world import World

_HEARTBEAT = 15.0  # seconds of silence until a stream says that it is still there
_HEADERS = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no"))


class FindEvents(Which, frozen=True):
    """Which happenings: those after the mark `since`, the first `limit` of them; without a mark the last `limit`."""

    since: Mark | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1_000


class FoundEvents(Gives, frozen=True):
    """Happenings, oldest first; `mark` is where the next call goes on."""

    events: list[HistoryEvent]
    mark: Mark


class Now(Gives, frozen=True):
    """What happens from now on is after this `mark`."""

    mark: Mark


class Follow(Which, frozen=True):
    """Which happenings, from the mark `since` on; without one from now on."""

    since: Mark | None = None


def _find(world: World, asked: FindEvents) -> FoundEvents:
    world.settle()
    history = world.history
    since = 0 if asked.since is None else start(world, asked.since)
    found = [record for record in history.since(since) if asked.fits(record)]
    some = found[-asked.limit :] if asked.since is None else found[: asked.limit]
    cut = asked.since is not None and len(found) > len(some)
    return FoundEvents(
        events=some,
        mark=some[-1].mark if cut else history.mark,
    )


def _mark(world: World, _: Nothing) -> Now:
    world.settle()
    return Now(mark=world.history.mark)


def _follow(world: World, asked: Follow) -> Stream:
    if not world.settings.max_history:
        raise Refused("there is no history to follow: max_history is 0", 409)
    world.settle()
    check_room(world)
    return Stream(_HEADERS, _told(world, asked, start(world, asked.since)))


async def _told(world: World, asked: Which, mark: int) -> AsyncGenerator[bytes, None]:
    """What happens after `mark`. The history is the buffer: who reads too slowly for it is told that some is lost."""
    news = asyncio.Event()
    history = world.history
    with world.watched(lambda _: news.set()):
        yield b": this is what happens\n\n"
        while not history.closed:
            news.clear()
            lost = b"" if history.remembers(mark) else b"event: Lost\ndata: {}\n\n"
            told = b"".join(_event(record) for record in history.since(mark) if asked.fits(record))
            mark = history.mark
            if lost or told:
                yield lost + told
            elif await _is_silent(world, news):
                yield b": still here\n\n"


async def _is_silent(world: World, news: asyncio.Event) -> bool:
    """Wait for news; whether none came for so long that a sign of life is due."""
    silent = False

    def ring(_: float) -> None:
        nonlocal silent
        silent = True
        news.set()

    call_off = world.clock.call_within(_HEARTBEAT, ring, about="")
    try:
        await news.wait()
    finally:
        call_off()
    return silent


def _event(record: HistoryEvent) -> bytes:
    data = dumps(record)
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (record.mark, record.kind.encode(), data)


ROUTES = (
    Route(
        "GET",
        "/events",
        "What happened",
        _find,
        FindEvents,
        FoundEvents,
        example={"queue": "orders", "kind": "MessageSent"},
    ),
    Route("GET", "/mark", "The place in the history where it stands now", _mark, gives=Now),
    Route(
        "GET",
        "/events/stream",
        "What happens, as server-sent events: one per happening, its kind as event, its mark as id, and as data what "
        "/events gives",
        _follow,
        Follow,
        media="text/event-stream",
        example={"queue": "orders"},
    ),
)
