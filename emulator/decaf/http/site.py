"""What a server answers with: a handler for each kind of path, and the limits and refusals that belong to them.

Rule: a server has one site for its whole life.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from decaf.base.later import Later
from decaf.handling import Handling
from decaf.http import cors
from decaf.http.guard import Forbidden, Guard
from decaf.http.rendering import Stream
from decaf_protocol import AWSError, Call, Reply, Request, dumps

_log = logging.getLogger("decaf")

Answer = Callable[[Request, str | None], Reply | Stream | Awaitable[Reply | Stream]]


class AnswerCall(Protocol):
    """Answers a plain request of an AWS client, and the call that it was decoded to, if somebody has done that."""

    def __call__(self, request: Request, call: Call | None = None, /) -> Reply | Later | Awaitable[Reply]: ...


class PathHandler(Struct, frozen=True):
    """The handler of requests whose path starts with one of `prefixes`.

    `answer` takes the request and the client's address, None if it is unknown. `max_body` returns the limit on the
    body of a request for a path, in bytes; `too_large` answers a request whose body is longer.
    """

    prefixes: tuple[str, ...]
    answer: Answer
    max_body: Callable[[str], int]
    too_large: Callable[[Request, int], Reply]


class Place(Struct, frozen=True):
    """Where a server listens: the host and port of its URLs, all its ports, whether clients connect over TLS, and the
    file with the authority that they have to trust then."""

    host: str
    ports: tuple[int, ...]
    secure: bool
    trusted: str


async def _close(_: float) -> None:
    """There is nothing to close."""


class Site(Struct, frozen=True):
    """`call` answers the plain requests of AWS clients, as `calls` does with all for every path that is not one of
    `others`; `refuse` and `refuse_bytes` answer what is no good request.

    `open` is called once the server listens, and raises BadSetting when the site cannot be opened. `end_waits` ends
    what requests wait for, and `close` closes the site; it gets the seconds that it has for that.
    """

    call: AnswerCall
    calls: PathHandler
    others: tuple[PathHandler, ...]
    refuse: Callable[[Request, AWSError], Reply]
    refuse_bytes: Callable[[bytes, AWSError], Reply]
    open: Callable[[Place], None] = lambda _: None
    end_waits: Callable[[], None] = lambda: None
    close: Callable[[float], Awaitable[None]] = _close

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes of the paths of `others`."""
        return tuple(prefix for other in self.others for prefix in other.prefixes)

    def handler(self, target: str) -> PathHandler:
        """Returns the handler for `target`: that of AWS requests, unless another has its path."""
        for other in self.others:
            if target.startswith(other.prefixes):
                return other
        return self.calls

    def answer(self, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
        """Returns the answer to a request, wherever it came from. Raises Dropped, as the awaitable may."""
        return self.handler(request.target).answer(request, request.origin.address)

    def answering(
        self,
        answer: Callable[[Request], Reply | Stream | Awaitable[Reply | Stream]],
        call: AnswerCall | None = None,
        first: tuple[PathHandler, ...] = (),
    ) -> Site:
        """Returns a site with the paths, limits and refusals of this one, where `answer` answers all requests, `call`
        those of AWS clients on the short way if it is there, and the handlers of `first` theirs.
        """

        def everywhere(handler: PathHandler) -> PathHandler:
            return replace(handler, answer=lambda request, _: answer(request))

        others = (*first, *map(everywhere, self.others))
        short = answer if call is None else call
        return Site(short, everywhere(self.calls), others, self.refuse, self.refuse_bytes)  # type: ignore[arg-type]


def site_of(
    handling: Handling,
    guard: Guard,
    others: tuple[PathHandler, ...],
    to_page: Callable[[Request], Reply | None] = lambda _: None,
) -> Site:
    """Returns the site of a world. `handling` answers the requests of AWS clients, if `guard` allows them; `to_page`
    answers a browser that has opened the root.
    """
    world = handling.world
    call = partial(answer_call, handling, guard)

    def open_world(place: Place) -> None:
        world.open(place.host, site.prefixes, place.ports, place.secure, place.trusted)

    site = Site(
        call,
        PathHandler((), lambda request, _: to_page(request) or call(request), handling.max_body, handling.too_large),
        others,
        handling.refuse,
        handling.refuse_bytes,
        open_world,
        world.stop_waiting,
        world.close,
    )
    return site


def answer_call(
    handling: Handling, guard: Guard, request: Request, call: Call | None = None
) -> Reply | Awaitable[Reply]:
    """Returns the reply to a request of an AWS client, as `Handling.handle`, if `guard` allows it."""
    try:
        origin = guard.check_call(request)
    except Forbidden as error:
        return handling.forbidden(request, str(error))
    if origin is None:
        return handling.handle(request, call)
    return cors.answer(request, origin, handling.handle)


def internal_error(method: str, target: str) -> Reply:
    """Log the exception that is being handled, which no handler should have raised, and return the response."""
    what = f"internal error in {method} {target.partition('?')[0]}"
    _log.exception("%s", what)
    return Reply(500, (("Content-Type", "application/json"),), dumps({"error": f"{what}; the server's log has more"}))
