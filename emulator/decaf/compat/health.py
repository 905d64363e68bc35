"""The health check of LocalStack, /_localstack/health, and the state of init scripts, /_localstack/init.

A service is "available" until its first call, then "running": scripts wait for either word.
Source: LocalStack's documentation, "Internal endpoints" and "Initialization hooks".
"""

from __future__ import annotations

from decaf import __version__
from decaf.compat.init_scripts import STAGES, Script
from decaf.compat.route import CompatRequest, Route, json_reply
from decaf.world import World
from decaf_protocol import Reply

SERVICES = ("lambda", "sns", "sqs", "sts")


def _health(world: World, request: CompatRequest) -> Reply:
    called = {key[0] for counted in (world.call_statistics.calls, world.call_statistics.errors) for key in counted}
    eager = request.localstack.eager
    services = {name: "running" if eager or name in called else "available" for name in SERVICES}
    return json_reply({"services": services, "edition": "community", "version": __version__})


def _stages(world: World, request: CompatRequest) -> Reply:
    scripts = request.localstack.scripts
    completed = {stage: stage in scripts.completed for stage in STAGES}
    return json_reply(
        {"completed": completed, "scripts": [_shown(script) for stage in STAGES for script in scripts.of(stage)]}
    )


def _stage(world: World, request: CompatRequest) -> Reply:
    scripts = request.localstack.scripts
    for stage in STAGES:
        if stage == request.rest.upper():
            shown = [_shown(script) for script in scripts.of(stage)]
            return json_reply({"completed": stage in scripts.completed, "scripts": shown})
    return json_reply({"error": f"no such stage {request.rest}"}, 404)


def _shown(script: Script) -> dict[str, str]:
    return {"stage": script.stage, "name": script.path.name, "state": script.state}


ROUTES = (
    Route("GET", "/_localstack/health", _health),
    Route("HEAD", "/_localstack/health", _health),
    Route("GET", "/_localstack/init", _stages),
    Route("GET", "/_localstack/init/", _stage),
)
