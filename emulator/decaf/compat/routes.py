"""All of these calls, and which of them a request is for.

Rule: nothing is answered before the guard of Decaf's own calls has let the request in.
"""

from __future__ import annotations

from urllib.parse import unquote

from decaf.compat import health, opt_out, push_messages, queue_messages, reset, subscription_tokens, text_messages
from decaf.compat.route import CompatRequest, Route, answer
from decaf.control import guard
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


def handle(world: World, request: Request, peer: str | None = "127.0.0.1") -> Reply:
    """Answer a request that came from the address `peer`."""
    try:
        guard.check(request, peer, world.settings)
        route, rest = _find(unquote(request.target.partition("?")[0]).rstrip("/"), request.method)
        return route.run(world, CompatRequest(request, rest))
    except Refused as error:
        return answer({"error": str(error)}, error.status)


def _find(path: str, method: str) -> tuple[Route, str]:
    """The route of a path, and what follows its own."""
    fitting = [route for route in ROUTES if _leads_to(route.path, path)]
    if not fitting:
        raise Refused(f"there is no {path}", 404)
    for route in fitting:
        if route.method == method:
            return route, path[len(route.path) :]
    raise Refused(f"{path} takes {' or '.join(route.method for route in fitting)}", 405)


def _leads_to(route: str, path: str) -> bool:
    return path.startswith(route) if route.endswith("/") else path == route
