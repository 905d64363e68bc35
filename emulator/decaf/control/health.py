"""Whether the server is ready, and its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from decaf import __version__
from decaf.access.modes import Mode
from decaf.control.route import ControlResponse, EmptyRequest, Route
from decaf_protocol import model_versions

if TYPE_CHECKING:
    from decaf.world import World


class Health(ControlResponse, frozen=True):
    """`status` is "ready"; `models` has the version of each service's model; `access` is the access mode.

    `form` is "native" where the compiled reader of requests' heads is in use, else "pure".
    """

    status: str
    version: str
    models: dict[str, str]
    access: Mode
    form: Literal["native", "pure"]


def _health(world: World, _: EmptyRequest) -> Health:
    from decaf.http.head import FORM  # the command that asks for it has no server

    return Health(status="ready", version=__version__, models=model_versions(), access=world.access.mode, form=FORM)


GET_HEALTH = Route(
    "GET",
    "/health",
    "Return whether the server is ready, and its version",
    _health,
    EmptyRequest,
    Health,
    command="health",
    python="control.health()",
)

ROUTES = (GET_HEALTH,)
