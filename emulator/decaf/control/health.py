"""Whether the server is ready, and what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decaf import __version__
from decaf.control.route import Gives, Nothing, Route
from decaf_protocol import model_versions

if TYPE_CHECKING:
    from decaf.world import World


class Health(Gives, frozen=True):
    """`models` has the version of each service's model."""

    status: str
    version: str
    models: dict[str, str]


def _health(world: World, _: Nothing) -> Health:
    return Health(status="ready", version=__version__, models=model_versions())


ROUTES = (Route("GET", "/health", "Whether the server is ready", _health, gives=Health),)
