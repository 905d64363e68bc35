"""Forgetting everything, as suites for moto's server and for LocalStack ask for it between tests.

Source: moto's documentation, "Server Mode", "Reset API"; LocalStack's, "Internal endpoints".
"""

from __future__ import annotations

from decaf.compat.route import CompatRequest, Route, answer
from decaf.world import World
from decaf_protocol import Reply


def _moto(world: World, _: CompatRequest) -> Reply:
    world.reset()
    return answer({"status": "ok"})


def _moto_asked_otherwise(world: World, _: CompatRequest) -> Reply:
    return answer({"Error": "Need to POST to reset Moto"}, 400)


def _localstack(world: World, _: CompatRequest) -> Reply:
    world.reset()
    return answer({})


ROUTES = (
    Route("POST", "/moto-api/reset", _moto),
    Route("GET", "/moto-api/reset", _moto_asked_otherwise),
    Route("POST", "/_localstack/state/reset", _localstack),
)
