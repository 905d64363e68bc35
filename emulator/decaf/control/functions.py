"""The functions that notifications can invoke."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from decaf.control.route import Done, Gives, Nothing, Refused, Route, Takes
from decaf.sns.function import LONGEST, BadFunction, Function

if TYPE_CHECKING:
    from decaf.world import World

MOST = 1_000  # functions


class Register(Takes, frozen=True):
    """A Python `handler` (`module:function`, found from the folder `path` on), or the `url` of a runtime interface
    emulator. `name` is a function's name, good in every account and region, or an ARN; `timeout` is in seconds."""

    name: str
    handler: str | None = None
    path: str = "."
    url: str | None = None
    timeout: Annotated[float, Meta(extra_json_schema={"exclusiveMinimum": 0, "maximum": LONGEST})] = 3.0


class Forget(Takes, frozen=True):
    """Which function."""

    name: str


class Registered(Gives, frozen=True):
    """A function that is registered."""

    name: str
    handler: str | None
    path: str
    url: str | None
    timeout: float


class AllRegistered(Gives, frozen=True):
    """All functions that are registered."""

    functions: list[Registered]


def _list(world: World, _: Nothing) -> AllRegistered:
    return AllRegistered(functions=[Registered(**asdict(function)) for function in world.functions.all()])


def _register(world: World, what: Register) -> Done:
    known = world.functions.all()
    if len(known) >= MOST and what.name not in (function.name for function in known):
        raise Refused(f"there are {MOST} functions already: forget some", 409)
    try:
        world.functions.register(Function(what.name, what.handler, what.path, what.url, what.timeout))
    except BadFunction as error:
        raise Refused(str(error)) from None
    return Done()


def _forget(world: World, what: Forget) -> Done:
    if not world.functions.forget(what.name):
        raise Refused(f"there is no function {what.name}", 404)
    return Done()


ROUTES = (
    Route("GET", "/functions", "The functions that notifications can invoke", _list, gives=AllRegistered),
    Route(
        "POST",
        "/functions",
        "Register a function",
        _register,
        Register,
        example={"name": "brew", "handler": "coffee:brew"},
    ),
    Route("DELETE", "/functions", "Forget a function", _forget, Forget, example={"name": "brew"}),
)
