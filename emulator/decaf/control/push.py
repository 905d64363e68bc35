"""Events at a push service: a device token expires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decaf.base.arn import read_arn
from decaf.control.route import ControlRequest, EmptyResponse, Refused, Route
from decaf.sns.platform import ENDPOINT_STATE

if TYPE_CHECKING:
    from decaf.world import World


class ExpireToken(ControlRequest, frozen=True):
    """The ARN of the platform endpoint whose token expires."""

    endpoint_arn: str


def _expire(world: World, request: ExpireToken) -> EmptyResponse:
    arn = read_arn(request.endpoint_arn)
    endpoint = None if arn is None else world.store.find_endpoint(arn)
    if endpoint is None:
        raise Refused(f"there is no endpoint {request.endpoint_arn}", 404)
    endpoint.expired = True
    world.events.mark_dirty(ENDPOINT_STATE, endpoint)
    return EmptyResponse()


EXPIRE_TOKEN = Route(
    "POST",
    "/push/expire",
    "Let the token of a platform endpoint expire: the next message sent to it disables it",
    _expire,
    ExpireToken,
    EmptyResponse,
    command="push expire arn:aws:sns:us-east-1:000000000000:endpoint/GCM/shop/5fea7756",
    python='control.expire_token("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/shop/5fea7756")',
    example={"endpoint_arn": "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/shop/5fea7756"},
)

ROUTES = (EXPIRE_TOKEN,)
