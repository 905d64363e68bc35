"""The server's clock: return the time, move it forward, freeze it and thaw it."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Annotated

from msgspec import UNSET, Meta, UnsetType

from decaf.base.clock import WorkWithoutEnd
from decaf.base.half_closed import to_its_end
from decaf.control import across
from decaf.control.route import (
    Across,
    ControlRequest,
    ControlResponse,
    EmptyRequest,
    Refused,
    Route,
    Shards,
)
from decaf.control.together import together

if TYPE_CHECKING:
    from decaf.world import World

MAX_ADVANCE = 100 * 366 * 86_400.0  # seconds that one call can move the clock


class Clock(ControlResponse, frozen=True):
    """`now` is in epoch seconds; a frozen clock stands still until a call moves it."""

    now: float
    frozen: bool


class Advance(ControlRequest, frozen=True):
    """Either the number of `seconds`, or the time `to` move to, in epoch seconds."""

    seconds: Annotated[float | None, Meta(extra_json_schema={"minimum": 0, "maximum": MAX_ADVANCE})] = None
    to: float | None = None


class ToNext(ControlRequest, frozen=True):
    """With `look` the clock is not moved: only what is due next is returned."""

    look: bool = False


class MovedToNext(ControlResponse, frozen=True):
    """The time afterwards, and the event that was `due` then, such as "visibility timeout of message <id> in <queue>
    ends". `due` is null when nothing was due; the clock has not moved then. `at` is when it is due, for a `look`."""

    now: float
    due: str | None
    at: float | UnsetType = UNSET


def _read(world: World, _: EmptyRequest) -> Clock:
    return Clock(now=world.clock.now(), frozen=world.clock.frozen)


async def _advance(world: World, request: Advance) -> Clock:
    now = world.clock.now()
    seconds = request.seconds if request.seconds is not None else (request.to or 0.0) - now
    _check(request, seconds)
    await _move(world, seconds)
    return _read(world, EmptyRequest())


def _check(request: Advance, seconds: float) -> None:
    """Raises Refused for a move that the clock does not make."""
    if (request.seconds is None) == (request.to is None):
        raise Refused("exactly one of seconds and to is required")
    if not 0 <= seconds <= MAX_ADVANCE:
        raise Refused(
            "the clock only moves forward"
            if seconds < 0
            else f"one call moves the clock by {MAX_ADVANCE:,.0f} s at most"
        )


async def _move(world: World, seconds: float) -> None:
    try:
        await to_its_end(world.advance(seconds))
    except WorkWithoutEnd as error:
        raise Refused(str(error), 409) from None


async def _advance_to_next(world: World, request: ToNext) -> MovedToNext:
    due = world.next_due()
    if due is None:
        return MovedToNext(now=world.clock.now(), due=None)
    if request.look:
        return MovedToNext(now=world.clock.now(), due=due.what, at=due.at)
    await _move(world, max(0.0, due.at - world.clock.now()))
    return MovedToNext(now=world.clock.now(), due=due.what)


def _freeze(world: World, _: EmptyRequest) -> Clock:
    world.clock.freeze()
    return _read(world, EmptyRequest())


def _thaw(world: World, _: EmptyRequest) -> Clock:
    world.clock.thaw()
    return _read(world, EmptyRequest())


# Where there are several shards, all clocks are moved to one moment. One that is behind the others, since it was
# not reached, is moved there by the next call.

_MOVED = "the clocks of the other shards have moved"


async def _advance_all(shards: Shards, route: Route[Advance, Clock], request: Advance) -> Clock:
    clocks = await across.ask_all(shards, GET_CLOCK, EmptyRequest())
    latest, earliest = max(clock.now for clock in clocks), min(clock.now for clock in clocks)
    seconds = request.seconds if request.seconds is not None else (request.to or 0.0) - earliest
    _check(request, seconds)
    return await _move_all(shards, clocks, latest + seconds if request.to is None else request.to)


async def _move_all(shards: Shards, clocks: Sequence[Clock], to: float) -> Clock:
    """Move the clocks that are not past a moment. Raises Refused when one is not moved."""

    async def move(shard: int, clock: Clock) -> Clock | Refused:
        if clock.now > to:
            return clock
        try:
            return await across.ask(shards, shard, ADVANCE_CLOCK, Advance(to=to))
        except Refused as error:
            if error.status != 400:
                return error
            refusal = error
        now = await across.ask(shards, shard, GET_CLOCK, EmptyRequest())
        return now if now.now >= to else refusal  # a clock that runs may have passed the moment meanwhile

    outcomes = await together(move(shard, clock) for shard, clock in enumerate(clocks))
    return _join(EmptyRequest(), across.all_of(outcomes, f"{_MOVED} to {to!r}"))


async def _advance_all_to_next(shards: Shards, route: Route[ToNext, MovedToNext], request: ToNext) -> MovedToNext:
    looks = await across.ask_all(shards, route, ToNext(look=True), done="")
    first = min(looks, key=lambda look: inf if look.at is UNSET else look.at)
    if first.at is UNSET or request.look:
        return first
    clocks = await across.ask_all(shards, GET_CLOCK, EmptyRequest())
    moved = await _move_all(shards, clocks, max(first.at, *(clock.now for clock in clocks)))
    return MovedToNext(now=moved.now, due=first.due)


async def _freeze_all(shards: Shards, route: Route[EmptyRequest, Clock], request: EmptyRequest) -> Clock:
    clocks = await across.ask_all(shards, route, request, "other clocks are frozen")
    return await _move_all(shards, clocks, max(clock.now for clock in clocks))


def _join(_: EmptyRequest, clocks: list[Clock]) -> Clock:
    return Clock(now=max(clock.now for clock in clocks), frozen=all(clock.frozen for clock in clocks))


GET_CLOCK = Route(
    "GET",
    "/clock",
    "Return the time of the server's clock",
    _read,
    EmptyRequest,
    Clock,
    command="clock",
    python="control.clock()",
    across=across.ANY_SHARD,
)
ADVANCE_CLOCK = Route(
    "POST",
    "/clock/advance",
    "Move the clock forward and process everything that falls due until then",
    _advance,
    Advance,
    Clock,
    command="advance 10",
    python="control.advance(10)",
    example={"seconds": 10},
    across=Across(_advance_all),
)
ADVANCE_TO_NEXT = Route(
    "POST",
    "/clock/next",
    "Move the clock to the next time at which something falls due",
    _advance_to_next,
    ToNext,
    MovedToNext,
    command="advance --next",
    python="control.next()",
    example={"look": False},
    across=Across(_advance_all_to_next),
)
FREEZE_CLOCK = Route(
    "POST",
    "/clock/freeze",
    "Freeze the clock",
    _freeze,
    EmptyRequest,
    Clock,
    command="clock freeze",
    python="control.freeze()",
    across=Across(_freeze_all),
)
THAW_CLOCK = Route(
    "POST",
    "/clock/thaw",
    "Let a frozen clock run again",
    _thaw,
    EmptyRequest,
    Clock,
    command="clock thaw",
    python="control.thaw()",
    across=across.joined(_join, done="other clocks run again"),
)

ROUTES = (GET_CLOCK, ADVANCE_CLOCK, ADVANCE_TO_NEXT, FREEZE_CLOCK, THAW_CLOCK)
