"""The resets of moto's server and of LocalStack, which test suites call between tests.

Source: moto's documentation, "Server Mode", "Reset API"; LocalStack's, "Internal endpoints".
"""

from __future__ import annotations

from decaf.compat.route import CompatRequest, Route, json_reply
from decaf.world import World
from decaf_protocol import Reply


def _moto(world: World, _: CompatRequest) -> Reply:
    world.reset()
    return json_reply({"status": "ok"})


def _moto_not_post(world: World, _: CompatRequest) -> Reply:
    return json_reply({"Error": "Need to POST to reset Moto"}, 400)


def _localstack(world: World, _: CompatRequest) -> Reply:
    world.reset()
    return json_reply({})


ROUTES = (
    Route("POST", "/moto-api/reset", _moto, everywhere=True),
    Route("GET", "/moto-api/reset", _moto_not_post),
    Route("POST", "/_localstack/state/reset", _localstack, everywhere=True),
)
