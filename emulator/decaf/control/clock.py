"""The server's clock: read it, move it forward, stop it and let it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from decaf.control.route import Gives, Nothing, Refused, Route, Takes

if TYPE_CHECKING:
    from decaf.world import World

MOST = 100 * 366 * 86_400.0  # seconds that one call moves the clock, at most


class Clock(Gives, frozen=True):
    """`now` is epoch seconds; a frozen clock moves only when it is moved."""

    now: float
    frozen: bool


class Advance(Takes, frozen=True):
    """How far: by so many `seconds`, or `to` a time in epoch seconds. One of the two."""

    seconds: Annotated[float | None, Meta(extra_json_schema={"minimum": 0, "maximum": MOST})] = None
    to: float | None = None


class Moved(Gives, frozen=True):
    """The clock after it was moved to the next thing due. `due` says what that was, such as "visibility timeout of
    message <id> in <queue> ends"; it is null when nothing was due, and the clock stays where it is."""

    now: float
    due: str | None


def _read(world: World, _: Nothing) -> Clock:
    return Clock(now=world.clock.now(), frozen=world.clock.frozen)


async def _advance(world: World, how: Advance) -> Clock:
    if (how.seconds is None) == (how.to is None):
        raise Refused("give either seconds or to")
    seconds = how.seconds if how.seconds is not None else (how.to or 0.0) - world.clock.now()
    if not 0 <= seconds <= MOST:
        raise Refused("the clock only moves forward" if seconds < 0 else "that is too far")
    await world.advance(seconds)
    return _read(world, Nothing())


async def _advance_to_next(world: World, _: Nothing) -> Moved:
    due = world.next_due()
    if due is not None:
        await world.advance(max(0.0, due.at - world.clock.now()))
    return Moved(now=world.clock.now(), due=None if due is None else due.what)


def _freeze(world: World, _: Nothing) -> Clock:
    world.clock.freeze()
    return _read(world, Nothing())


def _thaw(world: World, _: Nothing) -> Clock:
    world.clock.thaw()
    return _read(world, Nothing())


ROUTES = (
    Route("GET", "/clock", "What time it is", _read, gives=Clock),
    Route(
        "POST",
        "/clock/advance",
        "Move the clock, running all that falls due",
        _advance,
        Advance,
        Clock,
        example={"seconds": 30},
    ),
    Route("POST", "/clock/next", "Move the clock to the next thing due", _advance_to_next, gives=Moved),
    Route("POST", "/clock/freeze", "Stop the clock", _freeze, gives=Clock),
    Route("POST", "/clock/thaw", "Let the clock run on", _thaw, gives=Clock),
)
