"""One request being answered by this node's own world, for a client that is connected to another node, or waits here.

Rule: whoever waits is called back once with what came of the request, unless the client hung up before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from decaf.base.half_closed import end_wait, only_ends_the_wait
from decaf.base.later import Later
from decaf.cluster.hop.call import ForwardedCall
from decaf.cluster.hop.payloads import NotActive
from decaf.faults.calls import Dropped
from decaf.http.rendering import Stream
from decaf.http.site import internal_error
from decaf_protocol import Reply, Request

_log = logging.getLogger("decaf")

# Answers a request as a server's own port does. Raises Dropped and NotActive, as the awaitable may.
Site = Callable[[Request], Reply | Stream | Awaitable[Reply | Stream]]


class Caller(Protocol):
    """Who waits for an answer: what comes of the request is one of these."""

    def reply(self, reply: Reply) -> None: ...

    def stream(self, stream: Stream) -> None:
        """The response has no end yet: `stream.chunks` is to be read and closed."""

    def no_reply(self) -> None:
        """The client gets no reply: its connection is to be closed."""

    def not_active(self, error: NotActive) -> None:
        """The request was not carried out."""


class Answer:
    """The answer of `site` to a request, on its way to `caller`."""

    __slots__ = ("_caller", "_request", "_waits")

    def __init__(self, request: Request, caller: Caller) -> None:
        self._request = request
        self._caller = caller
        self._waits: Later | asyncio.Task[None] | None = None

    def begin(self, site: Site) -> None:
        try:
            answer = site(self._request)
        except Exception as error:
            self._failed(error)
            return
        if isinstance(answer, Reply):
            self._caller.reply(answer)
        elif isinstance(answer, Later) and not isinstance(answer, ForwardedCall):  # that may end with a stream
            self._waits = answer
            answer.then(self._done)
        elif isinstance(answer, Stream):
            self._caller.stream(answer)
        else:
            self._waits = asyncio.get_running_loop().create_task(self._wait_for(answer))

    def hang_up(self) -> None:
        """The client has gone."""
        waits, self._waits = self._waits, None
        if isinstance(waits, Later):
            waits.hang_up()
        elif waits is not None:
            waits.cancel()

    def end_wait(self) -> None:
        """The client sends no more."""
        if isinstance(self._waits, Later):
            self._waits.end_wait()
        elif self._waits is not None:
            asyncio.get_running_loop().call_soon(end_wait, self._waits)  # by then the task has begun

    def _done(self, reply: Reply | bytes | None) -> None:
        assert not isinstance(reply, bytes)  # that come only from another node, which no request is passed on to here
        if self._waits is None:
            return
        self._waits = None
        if reply is None:
            self._caller.no_reply()
        else:
            self._caller.reply(reply)

    async def _wait_for(self, answer: Awaitable[Reply | Stream]) -> None:
        try:
            done = await answer
        except asyncio.CancelledError as error:
            if self._waits is None or not only_ends_the_wait(error):
                raise
            self._waits = None  # what does not go on without its wait has no reply, as at a server's own port
            self._caller.no_reply()
            return
        except Exception as error:
            self._waits = None
            self._failed(error)
            return
        self._waits = None
        if isinstance(done, Stream):
            self._caller.stream(done)
        else:
            self._caller.reply(done)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Dropped):
            self._caller.no_reply()
        elif isinstance(error, NotActive):
            self._caller.not_active(error)
        else:
            self._caller.reply(internal_error(self._request.method, self._request.target))
