"""Faults on purpose: set them, see how often they struck, take them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decaf.control.route import Done, Gives, Nothing, Refused, Route, Takes
from decaf.faults.checks import BadFault
from decaf.faults.effects import Effect
from decaf.faults.match import Match
from decaf.faults.rules import When

if TYPE_CHECKING:
    from decaf.world import World

MOST = 1_000  # faults; each call looks at all of them


class NewFault(Takes, frozen=True):
    """What goes wrong (`effect`), for which calls or deliveries (`match`; all by default), and how often (`when`)."""

    effect: Effect
    match: Match = Match()
    when: When = When()


class Added(Gives, frozen=True):
    """The id by which the fault is known."""

    id: str


class Which(Takes, frozen=True):
    """One fault; all if there is no `id`."""

    id: str | None = None


class Fault(Gives, frozen=True):
    """A fault, how often it `matched`, and how often it then `fired`. `expires_at` is epoch seconds."""

    id: str
    match: Match
    effect: Effect
    when: When
    matched: int
    fired: int
    expires_at: float | None


class Faults(Gives, frozen=True):
    """All faults, in the order in which they were set: also those that have struck for the last time."""

    faults: list[Fault]


def _add(world: World, new: NewFault) -> Added:
    if len(world.faults.rules) >= MOST:
        raise Refused(f"there are {MOST} faults already: take some out", 409)
    try:
        rule = world.faults.add(new.match, new.effect, new.when, world.clock.now())
    except BadFault as error:
        raise Refused(str(error)) from None
    return Added(id=rule.id)


def _list(world: World, _: Nothing) -> Faults:
    names = Fault.__struct_fields__
    return Faults(faults=[Fault(**{name: getattr(rule, name) for name in names}) for rule in world.faults.rules])


def _remove(world: World, which: Which) -> Done:
    if which.id is None:
        world.faults.reset()
    elif not world.faults.remove(which.id):
        raise Refused(f"there is no fault {which.id}", 404)
    return Done()


ROUTES = (
    Route(
        "POST",
        "/faults",
        "Make calls or deliveries go wrong",
        _add,
        NewFault,
        Added,
        example={
            "effect": {"type": "error", "code": "ServiceUnavailable"},
            "match": {"queue": "orders", "operation": ["SendMessage"]},
            "when": {"nth": [1, 3]},
        },
    ),
    Route("GET", "/faults", "The faults, and how often each has struck", _list, gives=Faults),
    Route("DELETE", "/faults", "Take out one fault, or all", _remove, Which, example={"id": "fault-1"}),
)
