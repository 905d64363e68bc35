"""All calls of the control API, and the handling of a request to one: JSON in, JSON out.

Rule: the server has checked that a request is allowed before it comes here.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from decaf.base.half_closed import to_its_end
from decaf.base.slices import Busy
from decaf.control import (
    PREFIX,
    access,
    backup,
    calls,
    clock,
    declared,
    events,
    explain,
    faults,
    frames,
    functions,
    health,
    inbox,
    mappings,
    messages,
    metrics,
    nodes,
    openapi,
    profile,
    push,
    queues,
    recipients,
    sms,
    snapshots,
    state,
    topics,
    trace,
    waiting,
)
from decaf.control.across import ANY_SHARD
from decaf.control.doctor import route as doctor
from decaf.control.route import JSON, ControlResponse, EmptyRequest, Refused, Route
from decaf.http.rendering import Stream
from decaf.lessons import routes as lessons
from decaf.persistence.errors import CommitFailed
from decaf_protocol import Reply, Request, dumps

if TYPE_CHECKING:
    from decaf.persistence.durable_store import DurableStore
    from decaf.world import World

_NOT_WRITTEN = Refused("the change could not be written to the data directory, and was undone", 503)


class OpenAPIDocument(ControlResponse, frozen=True):
    """The OpenAPI document; `openapi` is the version of OpenAPI."""

    openapi: str
    info: dict[str, str]
    paths: dict[str, Any]
    components: dict[str, Any]


def _document(world: World, _: EmptyRequest) -> OpenAPIDocument:
    return OpenAPIDocument(**openapi.document(ROUTES, PREFIX))


GET_OPENAPI = Route(
    "GET",
    "/openapi.json",
    "Return the OpenAPI document of the control API",
    _document,
    EmptyRequest,
    OpenAPIDocument,
    command="openapi",
    python="control.openapi()",
    across=ANY_SHARD,
)

ROUTES: tuple[Route[Any, Any], ...] = (
    *health.ROUTES,
    *clock.ROUTES,
    *profile.ROUTES,
    *events.ROUTES,
    *frames.ROUTES,
    *waiting.ROUTES,
    *calls.ROUTES,
    *queues.ROUTES,
    *messages.ROUTES,
    *topics.ROUTES,
    *recipients.ROUTES,
    *explain.ROUTES,
    *doctor.ROUTES,
    *trace.ROUTES,
    *inbox.ROUTES,
    *faults.ROUTES,
    *mappings.ROUTES,
    *functions.ROUTES,
    *access.ROUTES,
    *push.ROUTES,
    *sms.ROUTES,
    *metrics.ROUTES,
    *nodes.ROUTES,
    *snapshots.ROUTES,
    *state.ROUTES,
    *backup.ROUTES,
    *declared.ROUTES,
    *lessons.ROUTES,
    GET_OPENAPI,
)

_BY_PATH: dict[str, dict[str, Route[Any, Any]]] = {}
for _route in ROUTES:
    _BY_PATH.setdefault(PREFIX + _route.path, {})[_route.method] = _route


def handle(world: World, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
    """Answer a request whose path starts with PREFIX."""
    try:
        route = _find(request)
        if world.durable_store is not None and world.durable_store.down:
            return _when_up(world, world.durable_store, request)
        result = route.handler(world, route.parse(request))
    except Refused as error:
        return refuse(error)
    except Busy as busy:
        return _when_free(world, busy, request)
    if inspect.isawaitable(result):
        return _finish(world, result, 0 if world.durable_store is None else world.durable_store.failures)
    answer = reply(result)
    kept = world.kept()
    return answer if kept is None else _when_kept(kept, answer)


def read(request: Request) -> tuple[Route[Any, Any], Any]:
    """Returns the route of a request, and the fields of it. Raises Refused."""
    route = _find(request)
    return route, route.parse(request)


def too_large(limit: int) -> Reply:
    """Returns the response to a request whose body is longer than `limit` bytes."""
    return refuse(Refused(f"the request body is longer than {limit} bytes", 413))


def forbidden(reason: str) -> Reply:
    """Returns the response to a request that is not allowed."""
    return refuse(Refused(reason, 403))


def _find(request: Request) -> Route[Any, Any]:
    path = request.target.partition("?")[0].rstrip("/")
    methods = _BY_PATH.get(path)
    if methods is None:
        raise Refused(f"there is no {path}", 404)
    route = methods.get(request.method)
    if route is None:
        raise Refused(f"{path} allows {' or '.join(methods)} only", 405)
    return route


async def _when_up(world: World, durable_store: DurableStore, request: Request) -> Reply | Stream:
    """Handle a request after a failed write: when the data directory can be written again; otherwise refuse it."""
    if not await to_its_end(durable_store.try_again()):
        return refuse(Refused("the data directory cannot be written", 503))
    answer = handle(world, request)
    return answer if isinstance(answer, Reply | Stream) else await answer


async def _when_free(world: World, busy: Busy, request: Request) -> Reply | Stream:
    """Handle a request after the work that it has to wait for."""
    await busy.over()
    answer = handle(world, request)
    return answer if isinstance(answer, Reply | Stream) else await answer


async def _finish(world: World, result: Awaitable[Any], failures: int) -> Reply | Stream:
    """Await the result of a call and answer; `failures` is how often writing had failed when the call began."""
    try:
        answer = reply(await result)
    except Refused as error:
        return refuse(error)
    except CommitFailed:
        return refuse(_NOT_WRITTEN)
    if world.durable_store is not None and world.durable_store.failures != failures:
        return refuse(_NOT_WRITTEN)
    kept = world.kept()
    return answer if kept is None else await _when_kept(kept, answer)


async def _when_kept(kept: Awaitable[object], answer: Reply | Stream) -> Reply | Stream:
    """Returns the answer once all changes that it may depend on are on the disk."""
    try:
        await to_its_end(kept)
    except CommitFailed:
        return refuse(_NOT_WRITTEN)
    return answer


def refuse(error: Refused) -> Reply:
    """Returns the response to a refused request."""
    return _json(error.status, {"error": str(error)})


def reply(result: Any) -> Reply | Stream:
    """Returns the answer with what a call has returned."""
    return result if isinstance(result, Reply | Stream) else _json(200, result)


def _json(status: int, value: Any) -> Reply:
    return Reply(status, (("Content-Type", JSON),), dumps(value))
