"""Which of Decaf's own calls a request is for, and what it answers: JSON in, JSON out.

Rule: a web page must not be able to change anything here, so a request that a browser makes for another
site (it has an Origin that is not ours) is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from emulator import __version__
from emulator.world import World
from protocol import Reply, Request, model_versions

PREFIX = "/_decaf"

Query = dict[str, str]


class BadCall(Exception):
    """A control call was not well formed; the text says why."""


def handle(world: World, request: Request) -> Reply:
    """Answer a request whose path starts with PREFIX."""
    path, _, query = request.target.partition("?")
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        return _json(403, {"error": "requests made for another site are refused"})
    methods = _ROUTES.get(path.rstrip("/"))
    if methods is None:
        return _json(404, {"error": f"there is no {path}"})
    call = methods.get(request.method)
    if call is None:
        return _json(405, {"error": f"{path} takes {' or '.join(methods)}"})
    try:
        return _json(200, call(world, dict(parse_qsl(query, keep_blank_values=True)), _body(request)))
    except BadCall as error:
        return _json(400, {"error": str(error)})


def _health(world: World, query: Query, body: dict[str, Any]) -> dict[str, Any]:
    return {"status": "ready", "version": __version__, "models": model_versions()}


def _reset(world: World, query: Query, body: dict[str, Any]) -> dict[str, Any]:
    account = body.get("account")
    if account is not None and not isinstance(account, str):
        raise BadCall("account must be a string of 12 digits")
    world.reset(account)
    return {}


def _inbox(world: World, query: Query, body: dict[str, Any]) -> dict[str, Any]:
    _check_keys(query, ("protocol", "recipient", "topic_arn"))
    entries = [asdict(entry) for entry in world.inbox.find(**query)]
    for entry in entries:
        del entry["account"]
    return {"deliveries": entries}


def _clear_inbox(world: World, query: Query, body: dict[str, Any]) -> dict[str, Any]:
    _check_keys(query, ())
    world.inbox.clear()
    return {}


_ROUTES: dict[str, dict[str, Callable[[World, Query, dict[str, Any]], Any]]] = {
    "/_decaf/health": {"GET": _health},
    "/_decaf/inbox": {"GET": _inbox, "DELETE": _clear_inbox},
    "/_decaf/reset": {"POST": _reset},
}


def _check_keys(query: Query, known: Iterable[str]) -> None:
    unknown = sorted(query.keys() - set(known))
    if unknown:
        raise BadCall(f"there is no query parameter {', '.join(unknown)} here")


def _body(request: Request) -> dict[str, Any]:
    if not request.body:
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadCall("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadCall("the body is not a JSON object")
    return body


def _json(status: int, value: Any) -> Reply:
    return Reply(status, (("Content-Type", "application/json"),), json.dumps(value).encode())
