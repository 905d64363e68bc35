"""All endpoints of other emulators, and the handling of a request to one.

Rule: the server has checked that a request is allowed before it comes here, as for the control API.
"""

from __future__ import annotations

from collections.abc import Awaitable
from urllib.parse import unquote

from decaf.base.slices import Busy
from decaf.compat import health, opt_out, push_messages, queue_messages, reset, subscription_tokens, text_messages
from decaf.compat.localstack import LocalStack
from decaf.compat.route import CompatRequest, Route, json_reply
from decaf.control.route import Refused
from decaf.world import World
from decaf_protocol import Reply, Request

ROUTES: tuple[Route, ...] = (
    *health.ROUTES,
    *reset.ROUTES,
    *queue_messages.ROUTES,
    *text_messages.ROUTES,
    *push_messages.ROUTES,
    *subscription_tokens.ROUTES,
    *opt_out.ROUTES,
)


def handle(world: World, request: Request, localstack: LocalStack) -> Reply | Awaitable[Reply]:
    """Answer a request."""
    try:
        route, asked = read(request, localstack)
        return route.handler(world, asked)
    except Refused as error:
        return refuse(error)
    except Busy as busy:
        return _when_free(world, busy, request, localstack)


def read(request: Request, localstack: LocalStack) -> tuple[Route, CompatRequest]:
    """Returns the route of a request, and the request to it. Raises Refused."""
    route, rest = _find(unquote(request.target.partition("?")[0]).rstrip("/"), request.method)
    return route, CompatRequest(request, rest, localstack)


def refuse(error: Refused) -> Reply:
    """Returns the response to a refused request."""
    return json_reply({"error": str(error)}, error.status)


async def _when_free(world: World, busy: Busy, request: Request, localstack: LocalStack) -> Reply:
    """Answer a request after the work that it has to wait for."""
    await busy.over()
    answer = handle(world, request, localstack)
    return answer if isinstance(answer, Reply) else await answer


def forbidden(reason: str) -> Reply:
    """Returns the response to a request that is not allowed."""
    return json_reply({"error": reason}, 403)


def _find(path: str, method: str) -> tuple[Route, str]:
    """Returns the route of a path, and the part of the path after that of the route."""
    fitting = [route for route in ROUTES if _fits(route.path, path)]
    if not fitting:
        raise Refused(f"there is no {path}", 404)
    for route in fitting:
        if route.method == method:
            return route, path[len(route.path) :]
    raise Refused(f"{path} allows {' or '.join(route.method for route in fitting)} only", 405)


def _fits(route: str, path: str) -> bool:
    return path.startswith(route) if route.endswith("/") else path == route
