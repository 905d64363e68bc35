"""What push services do: no longer knowing a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decaf.base.arn import read_arn
from decaf.control.route import Done, Refused, Route, Takes

if TYPE_CHECKING:
    from decaf.world import World


class Expire(Takes, frozen=True):
    """Which endpoint's token is no longer good."""

    endpoint_arn: str


def _expire(world: World, what: Expire) -> Done:
    arn = read_arn(what.endpoint_arn)
    endpoint = None if arn is None else world.store.find_endpoint(arn)
    if endpoint is None:
        raise Refused(f"there is no endpoint {what.endpoint_arn}", 404)
    endpoint.expired = True
    world.events.mark_dirty(endpoint.arn)
    return Done()


ROUTES = (
    Route(
        "POST",
        "/push/expire",
        "Let an endpoint's token expire: what is sent next disables it",
        _expire,
        Expire,
        example={"endpoint_arn": "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/shop/5fea7756"},
    ),
)
