"""Requests to the control API, and to the paths of other emulators, where there are several shards: each is passed on
to the shard of its account and region, or asked of all shards, whose responses become one.

Rule: what becomes of a request is said with its route. Nothing here is loaded before the first such request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec.structs import replace

from decaf import compat, control, page
from decaf.base.half_closed import end_wait, only_ends_the_wait
from decaf.base.settings import Settings
from decaf.base.shard import Place
from decaf.compat import routes as compat_routes
from decaf.compat.localstack import LocalStack
from decaf.control import routes
from decaf.control.naming import place_of
from decaf.control.route import Refused, Req, Route
from decaf.control.together import end_all, together
from decaf.http.guard import Forbidden, Guard
from decaf.http.rendering import Stream
from decaf.node.seat import Seat
from decaf_protocol import Reply, Request

Answer = Reply | Stream | Awaitable[Reply | Stream]


class Gathering:
    """Answers by the seats of all shards. `shard_of` returns the number of that of an account in a region, and raises
    ConnectionError when none can be had."""

    def __init__(self, seats: Sequence[Seat], shard_of: Callable[[Place], Awaitable[int]], settings: Settings) -> None:
        self._seats = seats
        self._shard_of = shard_of
        self._region = settings.region
        self._guard = Guard(settings)

    def answer(self, request: Request) -> Answer:
        """Answer a request whose path starts with one of the prefixes."""
        if request.target.startswith(page.PREFIX):
            return self._seats[self._shards(request).here].answer(request)  # its files are the same in all
        path = unquote(request.target.partition("?")[0]).rstrip("/")
        of_others = path.startswith(compat.PREFIXES)
        forbidden = compat_routes.forbidden if of_others else routes.forbidden
        try:
            self._guard.check_control(request, request.origin.address, of_others and compat.is_open(path))
        except Forbidden as error:
            return forbidden(str(error))
        return self._answer_other(request) if of_others else self._answer_control(request)

    def _shards(self, request: Request) -> AllShards:
        return AllShards(self._seats, self._shard_of, self._region, request)

    def _answer_control(self, request: Request) -> Answer:
        try:
            route, asked = routes.read(request)
        except Refused as error:
            return routes.refuse(error)
        shards = self._shards(request)
        account, region = (None, None) if route.across.everywhere else place_of(asked)
        if account is not None and region is not None:
            return self._answer_there(shards, account, region, request, routes.refuse)
        return self._gather(shards, route, asked)

    async def _gather(self, shards: AllShards, route: Route[Any, Any], asked: Any) -> Reply | Stream:
        asking = asyncio.ensure_future(route.across.ask(shards, route, asked))
        try:
            while not asking.done():
                try:
                    await asyncio.wait({asking})
                except asyncio.CancelledError as error:
                    if not only_ends_the_wait(error):
                        raise
                    shards.end_wait()
            return routes.reply(asking.result())
        except Refused as error:
            return routes.refuse(error)
        finally:
            end_all([asking])

    async def _answer_there(
        self,
        shards: AllShards,
        account: str,
        region: str | None,
        request: Request,
        refuse: Callable[[Refused], Reply],
    ) -> Reply | Stream:
        """Have the shard of an account in a region answer."""
        try:
            shard = await shards.of(account, region)
        except Refused as error:
            return refuse(error)
        return await _answered(self._seats[shard].answer(request))

    def _answer_other(self, request: Request) -> Answer:
        try:
            route, asked = compat_routes.read(request, LocalStack())
            account, region = route.place(asked)
        except Refused as error:
            return compat_routes.refuse(error)
        if route.everywhere:
            return self._everywhere(request)
        shards = self._shards(request)
        if account is None:
            return self._seats[shards.here].answer(request)
        return self._answer_there(shards, account, region, request, compat_routes.refuse)

    async def _everywhere(self, request: Request) -> Reply:
        """Have all shards answer, and return what the first says; or a refusal, when there is one."""
        replies = await together(_reply(seat.answer(request)) for seat in self._seats)
        return max(replies, key=lambda reply: reply.status)


class AllShards:
    """All shards, for one request of a client, whose headers go along. `region` is the server's own, `shard_of`
    that of Gathering."""

    def __init__(
        self,
        seats: Sequence[Seat],
        shard_of: Callable[[Place], Awaitable[int]],
        region: str,
        request: Request,
    ) -> None:
        self.ends_wait = False
        self._seats = seats
        self._shard_of = shard_of
        self._region = region
        self._request = request
        self._asking: set[asyncio.Task[Any]] = set()  # that wait for an answer

    @property
    def count(self) -> int:
        return len(self._seats)

    @property
    def here(self) -> int:
        """The number of a shard that this node owns, else of the first."""
        return next((seat.shard for seat in self._seats if seat.owns), 0)

    async def of(self, account: str, region: str | None) -> int:
        try:
            return await self._shard_of((account, region or self._region))
        except ConnectionError:
            raise Refused("the database is not reached: try again", 503) from None

    def request(self, route: Route[Req, Any], asked: Req) -> Request:
        """Returns the HTTP request for a request to a route."""
        query, body = route.write(asked)
        target = control.PREFIX + route.path + query
        return replace(self._request, method=route.method, target=target, body=body or b"")

    async def fetch(self, shard: int, route: Route[Req, Any], asked: Req) -> Reply | Stream:
        task = asyncio.current_task()
        assert task is not None
        self._asking.add(task)
        try:
            reply = await _answered(self._seats[shard].answer(self.request(route, asked)))
        finally:
            self._asking.discard(task)
        if isinstance(reply, Reply) and reply.status >= 400:
            raise Refused(_reason(reply), reply.status)
        return reply

    def end_wait(self) -> None:
        """The client sends no more."""
        self.ends_wait = True
        for task in self._asking:
            end_wait(task)


async def _answered(answer: Answer) -> Reply | Stream:
    return answer if isinstance(answer, Reply | Stream) else await answer


async def _reply(answer: Answer) -> Reply:
    reply = await _answered(answer)
    assert isinstance(reply, Reply)
    return reply


class _Error(msgspec.Struct):
    error: str


def _reason(reply: Reply) -> str:
    return msgspec.json.decode(reply.body, type=_Error).error
