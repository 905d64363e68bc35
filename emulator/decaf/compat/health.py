"""Whether the server is up, as LocalStack tells it: /_localstack/health, and /_localstack/init for its init scripts.

A service is "available" until its first call, then "running": scripts wait for either word.
Source: LocalStack's documentation, "Internal endpoints" and "Initialization hooks".
"""

from __future__ import annotations

from decaf import __version__
from decaf.compat.route import CompatRequest, Route, answer
from decaf.world import World
from decaf_protocol import Reply

SERVICES = ("sns", "sqs", "sts")
STAGES = ("BOOT", "START", "READY", "SHUTDOWN")


def _health(world: World, _: CompatRequest) -> Reply:
    called = {key[0] for counted in (world.call_statistics.calls, world.call_statistics.errors) for key in counted}
    services = {name: "running" if name in called else "available" for name in SERVICES}
    return answer({"services": services, "edition": "community", "version": __version__})


def _stages(world: World, _: CompatRequest) -> Reply:
    return answer({"completed": {stage: _is_over(stage) for stage in STAGES}, "scripts": []})


def _stage(world: World, asked: CompatRequest) -> Reply:
    stage = asked.rest.upper()
    if stage not in STAGES:
        return answer({"error": f"no such stage {asked.rest}"}, 404)
    return answer({"completed": _is_over(stage), "scripts": []})


def _is_over(stage: str) -> bool:
    """Decaf runs no scripts, so the stages up to READY are over once it listens."""
    return stage != "SHUTDOWN"


ROUTES = (
    Route("GET", "/_localstack/health", _health),
    Route("HEAD", "/_localstack/health", _health),
    Route("GET", "/_localstack/init", _stages),
    Route("GET", "/_localstack/init/", _stage),
)
