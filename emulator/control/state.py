"""The state as a whole: forget it."""

from __future__ import annotations

from emulator.control.route import Done, Route, Takes
from emulator.world import World


class Reset(Takes, frozen=True):
    """What to forget: everything, or only what `account` has."""

    account: str | None = None


def _reset(world: World, what: Reset) -> Done:
    world.reset(what.account)
    return Done()


ROUTES = (Route("POST", "/reset", "Forget everything, or all of one account", _reset, Reset),)
