"""The application: a world, and a server with a handler for each kind of path. Only this file names all of them.

Rule: the control API and the paths of other emulators are loaded with the first request for them, so that a server
that has only AWS clients starts without them.
"""

from __future__ import annotations

from collections.abc import Awaitable

from decaf import compat, control, page
from decaf.compat.localstack import LocalStack
from decaf.delivery.transports.signing import CERTIFICATES
from decaf.handling import Handling
from decaf.http.guard import Forbidden, Guard
from decaf.http.rendering import Stream
from decaf.http.server import Server
from decaf.http.site import PathHandler, Site, answer_call, site_of
from decaf.world import World
from decaf_protocol import REST_PREFIXES, Reply, Request, rest_operation


def make_server(world: World, localstack: LocalStack | None = None) -> Server:
    """Returns a server for all paths, not started yet. `localstack` is what it imitates of LocalStack's container.

    Raises BadSetting for a web origin that is none.
    """
    return Server(world.settings, make_site(world, localstack))


def make_site(world: World, localstack: LocalStack | None = None) -> Site:
    """Returns what answers the requests for all paths with `world`. Raises BadSetting for a web origin that is none."""
    handling = Handling(world)
    guard = Guard(world.settings)
    others = (
        _page(world, guard),
        _control_api(world, guard),
        _other_emulators(handling, guard, localstack or LocalStack()),
        _certificate(handling, guard),
        _functions(handling, guard),
    )
    return site_of(handling, guard, others, page.at_root)


def _page(world: World, guard: Guard) -> PathHandler:
    def answer(request: Request, _: str | None) -> Reply:
        from decaf.page import files

        try:
            guard.check_page(request)
        except Forbidden as error:
            return files.forbidden(str(error))
        return files.answer(request)

    def too_large(_: Request, limit: int) -> Reply:
        from decaf.page import files

        return files.forbidden(f"the request body is longer than {limit} bytes")

    return PathHandler((page.PREFIX,), answer, lambda _: world.settings.max_body, too_large)


def _control_api(world: World, guard: Guard) -> PathHandler:
    def answer(request: Request, peer: str | None) -> Reply | Stream | Awaitable[Reply | Stream]:
        from decaf.control import routes

        try:
            guard.check_control(request, peer, is_open=_path(request) == control.OPEN_PATH)
        except Forbidden as error:
            return routes.forbidden(str(error))
        return routes.handle(world, request)

    def too_large(_: Request, limit: int) -> Reply:
        from decaf.control import routes

        return routes.too_large(limit)

    def max_body(target: str) -> int:
        settings = world.settings
        return settings.max_snapshot_file if target.startswith(control.FILES) else settings.max_body

    return PathHandler((control.PREFIX,), answer, max_body, too_large)


def _other_emulators(handling: Handling, guard: Guard, localstack: LocalStack) -> PathHandler:
    world = handling.world

    def answer(request: Request, peer: str | None) -> Reply | Awaitable[Reply]:
        from decaf.compat import routes

        try:
            guard.check_control(request, peer, is_open=compat.is_open(_path(request)))
        except Forbidden as error:
            return routes.forbidden(str(error))
        return routes.handle(world, request, localstack)

    return PathHandler(compat.PREFIXES, answer, lambda _: world.settings.max_body, handling.too_large)


def _certificate(handling: Handling, guard: Guard) -> PathHandler:
    """Returns the handler of the certificate that subscribers check signatures with."""
    world = handling.world
    signer = world.signer

    def answer(request: Request, _: str | None) -> Reply:
        try:
            guard.check(request)
        except Forbidden as error:
            return handling.forbidden(request, str(error))
        if request.target != signer.certificate_path:
            return Reply(404, (("Content-Type", "text/plain"),), b"There is no such certificate.\n")
        return Reply(200, (("Content-Type", "application/x-pem-file"),), signer.certificate_pem.encode())

    return PathHandler((CERTIFICATES,), answer, lambda _: world.settings.max_body, handling.too_large)


def _functions(handling: Handling, guard: Guard) -> PathHandler:
    """Returns the handler of Lambda's API, of which some operations bring code that runs as the server's user."""

    def answer(request: Request, peer: str | None) -> Reply | Awaitable[Reply]:
        from decaf.api.lambda_ import BRING_CODE

        if rest_operation(request) in BRING_CODE:
            try:
                guard.check_code(request, peer)
            except Forbidden as error:
                return handling.forbidden(request, str(error))
        return answer_call(handling, guard, request)

    return PathHandler(REST_PREFIXES, answer, handling.max_body, handling.too_large)


def _path(request: Request) -> str:
    return request.target.partition("?")[0].rstrip("/")
