"""The server's clock: return the time, move it forward, freeze it and thaw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from decaf.base.clock import WorkWithoutEnd
from decaf.base.half_closed import to_its_end
from decaf.control.route import ControlRequest, ControlResponse, EmptyRequest, Refused, Route

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


class MovedToNext(ControlResponse, frozen=True):
    """The time afterwards, and the event that was `due` then, such as "visibility timeout of message <id> in <queue>
    ends". `due` is null when nothing was due; the clock has not moved then."""

    now: float
    due: str | None


def _read(world: World, _: EmptyRequest) -> Clock:
    return Clock(now=world.clock.now(), frozen=world.clock.frozen)


async def _advance(world: World, request: Advance) -> Clock:
    if (request.seconds is None) == (request.to is None):
        raise Refused("exactly one of seconds and to is required")
    seconds = request.seconds if request.seconds is not None else (request.to or 0.0) - world.clock.now()
    if not 0 <= seconds <= MAX_ADVANCE:
        raise Refused(
            "the clock only moves forward"
            if seconds < 0
            else f"one call moves the clock by {MAX_ADVANCE:,.0f} s at most"
        )
    await _move(world, seconds)
    return _read(world, EmptyRequest())


async def _move(world: World, seconds: float) -> None:
    try:
        await to_its_end(world.advance(seconds))
    except WorkWithoutEnd as error:
        raise Refused(str(error), 409) from None


async def _advance_to_next(world: World, _: EmptyRequest) -> MovedToNext:
    due = world.next_due()
    if due is not None:
        await _move(world, max(0.0, due.at - world.clock.now()))
    return MovedToNext(now=world.clock.now(), due=None if due is None else due.what)


def _freeze(world: World, _: EmptyRequest) -> Clock:
    world.clock.freeze()
    return _read(world, EmptyRequest())


def _thaw(world: World, _: EmptyRequest) -> Clock:
    world.clock.thaw()
    return _read(world, EmptyRequest())


GET_CLOCK = Route(
    "GET",
    "/clock",
    "Return the time of the server's clock",
    _read,
    EmptyRequest,
    Clock,
    command="clock",
    python="control.clock()",
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
)
ADVANCE_TO_NEXT = Route(
    "POST",
    "/clock/next",
    "Move the clock to the next time at which something falls due",
    _advance_to_next,
    EmptyRequest,
    MovedToNext,
    command="advance --next",
    python="control.next()",
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
)

ROUTES = (GET_CLOCK, ADVANCE_CLOCK, ADVANCE_TO_NEXT, FREEZE_CLOCK, THAW_CLOCK)
