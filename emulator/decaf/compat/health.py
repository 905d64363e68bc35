"""The health check of LocalStack, /_localstack/health, and the state of its init scripts, /_localstack/init.

A service is "available" until its first call, then "running": scripts wait for either word.
Source: LocalStack's documentation, "Internal endpoints" and "Initialization hooks".
"""

from __future__ import annotations

from decaf import __version__
from decaf.compat.route import CompatRequest, Route, json_reply
from decaf.world import World
from decaf_protocol import Reply

SERVICES = ("sns", "sqs", "sts")
STAGES = ("BOOT", "START", "READY", "SHUTDOWN")


def _health(world: World, _: CompatRequest) -> Reply:
    called = {key[0] for counted in (world.call_statistics.calls, world.call_statistics.errors) for key in counted}
    services = {name: "running" if name in called else "available" for name in SERVICES}
    return json_reply({"services": services, "edition": "community", "version": __version__})


def _stages(world: World, _: CompatRequest) -> Reply:
    return json_reply({"completed": {stage: _is_over(stage) for stage in STAGES}, "scripts": []})


def _stage(world: World, request: CompatRequest) -> Reply:
    stage = request.rest.upper()
    if stage not in STAGES:
        return json_reply({"error": f"no such stage {request.rest}"}, 404)
    return json_reply({"completed": _is_over(stage), "scripts": []})


def _is_over(stage: str) -> bool:
    """Returns whether a stage is over. Decaf runs no scripts, so all up to READY are over when it listens."""
    return stage != "SHUTDOWN"


ROUTES = (
    Route("GET", "/_localstack/health", _health),
    Route("HEAD", "/_localstack/health", _health),
    Route("GET", "/_localstack/init", _stages),
    Route("GET", "/_localstack/init/", _stage),
)
