"""Whether the server is ready, and what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator import __version__
from emulator.control.route import Gives, Nothing, Route
from protocol import model_versions

if TYPE_CHECKING:
    from emulator.world import World


class Health(Gives, frozen=True):
    """`models` has the version of each service's model."""

    status: str
    version: str
    models: dict[str, str]


def _health(world: World, _: Nothing) -> Health:
    return Health(status="ready", version=__version__, models=model_versions())


ROUTES = (Route("GET", "/health", "Whether the server is ready", _health, gives=Health),)
