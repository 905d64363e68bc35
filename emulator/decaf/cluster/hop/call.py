"""A request on its way: it is parked, or sent to the active node, or answered here after all, and has one outcome.

Rule: the outcome comes once. A client that hangs up takes its request along, wherever it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from functools import partial
from typing import Protocol

from decaf.base.clock import seconds
from decaf.base.half_closed import only_ends_the_wait
from decaf.base.later import Later
from decaf.base.shard import Misdirected, Place
from decaf.cluster.hop.payloads import NotActive
from decaf.faults.calls import Dropped
from decaf.http.rendering import Stream
from decaf_protocol import Reply, Request


class Holder(Protocol):
    """What has requests that are not answered yet."""

    def hang_up(self, call: ForwardedCall) -> None:
        """The client of a request has gone."""

    def end_wait(self, call: ForwardedCall) -> None:
        """The client of a request sends no more."""


class ForwardedCall(Later):
    """A request whose answer comes from elsewhere. Awaiting it returns the reply or the stream, or raises Dropped.

    One that `is_plain` is not awaited: who waits for it takes a reply also as the bytes that its client is sent.
    `refuse` makes the reply to a request that cannot be carried out, or of which nobody knows whether it was; `again`
    takes the call back when it was not carried out and may still be. `pass_on` takes it when it is for another account
    or region, which it gets.
    """

    __slots__ = (
        "_again",
        "_outcome",
        "_pass_on",
        "_refuse",
        "_send",
        "_waiter",
        "ends_wait",
        "holder",
        "is_plain",
        "number",
        "request",
        "since",
    )

    def __init__(
        self,
        request: Request,
        refuse: Callable[[Request], Reply],
        again: Callable[[ForwardedCall], None],
        pass_on: Callable[[Place, ForwardedCall], None] | None = None,
        is_plain: bool = False,
    ) -> None:
        self.request = request
        self.is_plain = is_plain
        self.since = seconds()
        self.holder: Holder | None = None
        self.number = 0  # of the call on the connection that it was sent on
        self.ends_wait = False  # the client sends no more
        self._refuse = refuse
        self._again = again
        self._pass_on = pass_on
        self._send: Callable[[Reply | bytes | None], None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._outcome: Reply | bytes | Stream | Dropped | None = None

    # who waits

    def then(self, send: Callable[[Reply | bytes | None], None]) -> None:
        self._send = send
        if self._outcome is not None:
            self._tell()

    def hang_up(self) -> None:
        self._send = None
        holder, self.holder = self.holder, None
        if holder is not None:
            holder.hang_up(self)
        elif isinstance(self._outcome, Stream):
            _discard(self._outcome)

    def end_wait(self) -> None:
        self.ends_wait = True
        if self.holder is not None:
            self.holder.end_wait(self)

    def __await__(self) -> Generator[object, None, Reply | Stream]:
        while self._outcome is None:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                yield from self._waiter
            except asyncio.CancelledError as error:
                if not only_ends_the_wait(error):
                    self.hang_up()
                    raise
                self.end_wait()
        if isinstance(self._outcome, Dropped):
            raise self._outcome
        assert not isinstance(self._outcome, bytes)
        return self._outcome

    # who answers

    def reply(self, reply: Reply | bytes) -> None:
        if isinstance(reply, Misdirected) and self._pass_on is not None:
            self._again = partial(self._pass_on, reply.place)
            self._pass_on = None  # once: two shards may each say that it is for the other
            self.not_sent()
        else:
            self._settle(reply)

    def stream(self, stream: Stream) -> None:
        self._settle(stream)

    def no_reply(self) -> None:
        self._settle(Dropped())

    def unavailable(self) -> None:
        """It cannot be carried out, or it is not known whether it was."""
        self._settle(self._refuse(self.request))

    def not_active(self, error: NotActive) -> None:
        self.not_sent()

    def not_sent(self) -> None:
        """It was not carried out, and may still be."""
        self.holder = None
        self._again(self)

    def _settle(self, outcome: Reply | bytes | Stream | Dropped) -> None:
        self.holder = None
        self._outcome = outcome
        if self._send is not None:
            self._tell()
        elif self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _tell(self) -> None:
        send, outcome = self._send, self._outcome
        self._send = None
        assert send is not None
        if isinstance(outcome, Stream):  # for a path that has none at this node: the two are not of the same version
            _discard(outcome)
        send(outcome if isinstance(outcome, bytes | Reply) else None)


def _discard(stream: Stream) -> None:
    """Close a stream that nobody reads."""
    closing = asyncio.ensure_future(stream.chunks.aclose())
    closing.add_done_callback(asyncio.Future.exception)  # nobody waits for it
