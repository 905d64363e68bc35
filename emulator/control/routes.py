"""All of Decaf's own calls, and which of them a request is for: JSON in, JSON out.

Rule: a web page must not be able to read or change anything here, so a request that a browser makes for another
site (it has an Origin that is not ours) is refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import Any

import msgspec

from emulator.control import clock, health, inbox, push, sms, state
from emulator.control.route import Refused, Route
from emulator.world import World
from protocol import Reply, Request

PREFIX = "/_decaf"

ROUTES: tuple[Route, ...] = (*health.ROUTES, *clock.ROUTES, *inbox.ROUTES, *push.ROUTES, *sms.ROUTES, *state.ROUTES)

_BY_PATH: dict[str, dict[str, Route]] = {}
for _route in ROUTES:
    _BY_PATH.setdefault(PREFIX + _route.path, {})[_route.method] = _route


def handle(world: World, request: Request) -> Reply | Awaitable[Reply]:
    """Answer a request whose path starts with PREFIX."""
    path = request.target.partition("?")[0].rstrip("/")
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        return _refuse(403, "requests made for another site are refused")
    methods = _BY_PATH.get(path)
    if methods is None:
        return _refuse(404, f"there is no {path}")
    route = methods.get(request.method)
    if route is None:
        return _refuse(405, f"{path} takes {' or '.join(methods)}")
    try:
        result = route.run(world, route.read(request))
    except Refused as error:
        return _refuse(error.status, str(error))
    return _finish(result) if inspect.isawaitable(result) else _json(200, result)


async def _finish(result: Awaitable[Any]) -> Reply:
    try:
        return _json(200, await result)
    except Refused as error:
        return _refuse(error.status, str(error))


def _refuse(status: int, text: str) -> Reply:
    return _json(status, {"error": text})


def _json(status: int, value: Any) -> Reply:
    return Reply(status, (("Content-Type", "application/json"),), msgspec.json.encode(value))
