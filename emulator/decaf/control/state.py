"""The state as a whole: forget it, or make what chance decides repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.control.route import Done, Refused, Route, Takes
from decaf.declared.resource import BadDeclaration

if TYPE_CHECKING:
    from decaf.world import World


class Reset(Takes, frozen=True):
    """What to forget: everything, or only what `account` has, its history and inbox included.

    With `declared` the resources that were declared, at the start or since, are created again. Marks go on, so that
    one taken before still means the same.
    """

    account: str | None = None
    declared: bool = False


class Seed(Takes, frozen=True):
    """From which `seed` on ids, receipt handles, tokens and what faults leave to chance are drawn anew."""

    seed: Annotated[int, msgspec.Meta(ge=0)]


def _reset(world: World, what: Reset) -> Done:
    try:
        world.reset(what.account, what.declared)
    except BadDeclaration as error:
        raise Refused(str(error)) from None
    return Done()


def _seed(world: World, given: Seed) -> Done:
    world.seed(given.seed)
    return Done()


ROUTES = (
    Route(
        "POST",
        "/reset",
        "Forget everything, or all of one account",
        _reset,
        Reset,
        example={"account": "000000000000", "declared": True},
    ),
    Route("POST", "/seed", "Make ids, and what is left to chance, repeat", _seed, Seed, example={"seed": 7}),
)
