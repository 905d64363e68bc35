"""All of Decaf's own calls, and which of them a request is for: JSON in, JSON out.

Rule: nothing is answered before the guard has let the request in.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from decaf.control import (
    PREFIX,
    backup,
    clock,
    declared,
    events,
    explaining,
    faults,
    functions,
    guard,
    health,
    inbox,
    messages,
    metrics,
    openapi,
    push,
    queues,
    sms,
    snapshots,
    state,
    topics,
    waiting,
)
from decaf.control.route import JSON, Gives, Nothing, Refused, Route
from decaf.http.rendering import Stream
from decaf.persistence.errors import NotKept
from decaf_protocol import Reply, Request, dumps

if TYPE_CHECKING:
    from decaf.persistence.durable_store import DurableStore
    from decaf.world import World

_UNDONE = Refused("what was done could not be written, and is undone", 503)


class Document(Gives, frozen=True):
    """The OpenAPI document; its `openapi` is the version of that."""

    openapi: str
    info: dict[str, str]
    paths: dict[str, Any]
    components: dict[str, Any]


def _document(world: World, _: Nothing) -> Document:
    return Document(**openapi.document(ROUTES, PREFIX))


ROUTES: tuple[Route, ...] = (
    *health.ROUTES,
    *clock.ROUTES,
    *events.ROUTES,
    *waiting.ROUTES,
    *queues.ROUTES,
    *messages.ROUTES,
    *topics.ROUTES,
    *explaining.ROUTES,
    *inbox.ROUTES,
    *faults.ROUTES,
    *functions.ROUTES,
    *push.ROUTES,
    *sms.ROUTES,
    *metrics.ROUTES,
    *snapshots.ROUTES,
    *state.ROUTES,
    *backup.ROUTES,
    *declared.ROUTES,
    Route("GET", "/openapi.json", "All these calls, as an OpenAPI document", _document, gives=Document),
)

_BY_PATH: dict[str, dict[str, Route]] = {}
for _route in ROUTES:
    _BY_PATH.setdefault(PREFIX + _route.path, {})[_route.method] = _route


def handle(
    world: World, request: Request, peer: str | None = "127.0.0.1"
) -> Reply | Stream | Awaitable[Reply | Stream]:
    """Answer a request whose path starts with PREFIX, and which came from the address `peer`."""
    path = request.target.partition("?")[0].rstrip("/")
    try:
        guard.check(request, peer, world.settings)
        route = _find(path, request.method)
        if world.durable_store is not None and world.durable_store.down:
            return _when_up(world, world.durable_store, request, peer)
        result = route.run(world, route.read(request))
    except Refused as error:
        return _refuse(error)
    if inspect.isawaitable(result):
        return _finish(world, result, 0 if world.durable_store is None else world.durable_store.failures)
    answer = _answer(result)
    kept = world.kept()
    return answer if kept is None else _when_kept(kept, answer)


def too_large(limit: int) -> Reply:
    """The answer to a request whose body is longer than `limit` bytes."""
    return _refuse(Refused(f"the request body is longer than {limit} bytes", 413))


def _find(path: str, method: str) -> Route:
    methods = _BY_PATH.get(path)
    if methods is None:
        raise Refused(f"there is no {path}", 404)
    route = methods.get(method)
    if route is None:
        raise Refused(f"{path} takes {' or '.join(methods)}", 405)
    return route


async def _when_up(world: World, durable_store: DurableStore, request: Request, peer: str | None) -> Reply | Stream:
    """A call that comes after a failure to write: it is done when writing is possible again, else refused."""
    if not await durable_store.try_again():
        return _refuse(Refused("the data directory cannot be written", 503))
    answer = handle(world, request, peer)
    return answer if isinstance(answer, Reply | Stream) else await answer


async def _finish(world: World, result: Awaitable[Any], failures: int) -> Reply | Stream:
    """The answer to a call that waits; `failures` is how often writing had failed when it began."""
    try:
        answer = _answer(await result)
    except Refused as error:
        return _refuse(error)
    if world.durable_store is not None and world.durable_store.failures != failures:
        return _refuse(_UNDONE)
    kept = world.kept()
    return answer if kept is None else await _when_kept(kept, answer)


async def _when_kept(kept: Awaitable[None], answer: Reply | Stream) -> Reply | Stream:
    """The answer, once what it may tell of is on the disk."""
    try:
        await kept
    except NotKept:
        return _refuse(_UNDONE)
    return answer


def _refuse(error: Refused) -> Reply:
    """The answer to a request that is refused."""
    return _json(error.status, {"error": str(error)})


def _answer(result: Any) -> Reply | Stream:
    return result if isinstance(result, Reply | Stream) else _json(200, result)


def _json(status: int, value: Any) -> Reply:
    return Reply(status, (("Content-Type", JSON),), dumps(value))
