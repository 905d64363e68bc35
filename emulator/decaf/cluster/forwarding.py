"""What a node answers with while it is not the active one: every request goes to the node that is, or waits for one.

Rule: no task for a call. One task keeps a channel to the active node, as long as there is one to be reached.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from decaf.base.clock import in_real_time, seconds
from decaf.base.shard import Place
from decaf.cluster.hop.answer import Answer, Site
from decaf.cluster.hop.call import ForwardedCall
from decaf.cluster.hop.dialling import Address, Channel, Unreachable
from decaf.cluster.hop.links import Links
from decaf.cluster.parked import Parked
from decaf_protocol import Reply, Request

_log = logging.getLogger("decaf")

_FIRST_PAUSE = 0.05  # seconds until a connection is tried again; doubled each time
_LONGEST_PAUSE = 1.0


class Forwarding:
    """Passes requests for a shard on to the active node, which `use` names, over one of the node's `links`.

    `refuse` makes the reply to a request that cannot be carried out. `look` is called when the active node may be
    another one: it is not reached, was lost, or says so itself.
    """

    def __init__(
        self,
        links: Links,
        refuse: Callable[[Request], Reply],
        look: Callable[[], None],
        parked: Parked | None = None,
        shard: int = 0,
    ) -> None:
        self._links = links
        self._refuse = refuse
        self._look = look
        self._parked = Parked() if parked is None else parked
        self._shard = shard
        self._owner: Address | None = None
        self._channel: Channel | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._answers: Site | None = None  # this node is the active one
        self.hops = 0  # requests that were sent to another node

    @property
    def parked(self) -> int:
        """The number of requests that wait."""
        return len(self._parked)

    @property
    def is_connected(self) -> bool:
        return self._channel is not None

    def answer(self, request: Request, pass_on: Callable[[Place, ForwardedCall], None] | None = None) -> ForwardedCall:
        """Returns the reply to a request, which comes later: a `Reply`, or a `Stream` when it is awaited. `pass_on`
        takes the request if it is for another account or region, which it gets."""
        call = ForwardedCall(request, self._refuse, self._go_on, pass_on)
        self._go_on(call)
        return call

    def call(self, request: Request, pass_on: Callable[[Place, ForwardedCall], None] | None = None) -> ForwardedCall:
        """As `answer`, for a plain request: the reply may come as the bytes that its client is sent."""
        call = ForwardedCall(request, self._refuse, self._go_on, pass_on, is_plain=True)
        self._go_on(call)
        return call

    def take(self, call: ForwardedCall) -> None:
        """As `answer`, for a request that was sent to another shard before, and not carried out."""
        self._go_on(call)

    def use(self, owner: Address | None) -> None:
        """Another node is the active one, or none is known: requests wait then."""
        if owner == self._owner and self._answers is None:
            return
        self._end_channel()
        self._owner = owner
        self._answers = None
        if owner is not None:
            self._keeper = asyncio.get_running_loop().create_task(self._keep_connected(owner))

    def use_own(self, site: Site) -> None:
        """This node is the active one: `site` answers all requests that wait, and those that come back."""
        self._end_channel()
        self._owner = None
        self._answers = site
        self._parked.take_all(self._go_on)

    def stop(self) -> None:
        """Refuse all requests that wait, and end the channel."""
        self.use(None)
        self._parked.refuse_all()

    def _go_on(self, call: ForwardedCall) -> None:
        """Have a request carried out that was not, here or there, or let it wait."""
        if self._channel is not None and not self._channel.is_over.done():
            self.hops += 1
            self._channel.send(call)
        elif self._answers is not None:
            here = _AnsweredHere(call)
            call.holder = here
            here.begin(self._answers)
            if call.ends_wait:
                here.end_wait(call)
        else:
            self._parked.add(call)

    async def _keep_connected(self, owner: Address) -> None:
        unreached = self._links.unreached
        pause, level = _FIRST_PAUSE, logging.WARNING
        while True:
            try:
                channel = await self._links.channel(owner, self._shard)
            except Unreachable as error:
                level = logging.DEBUG if owner.node in unreached else level
                _log.log(level, "node %s is not reached at %s:%d: %s", owner.node, owner.host, owner.port, error)
                unreached.add(owner.node)
            else:
                unreached.discard(owner.node)
                self._channel, began = channel, seconds()
                self._parked.take_all(self._go_on)
                await asyncio.wait({channel.is_over})
                self._channel = None
                if channel.is_silent and owner.node not in unreached:
                    _log.warning("node %s is silent: calls that it had not answered are refused", owner.node)
                    unreached.add(owner.node)
                level = logging.INFO if channel.is_retired else logging.WARNING
                if seconds() - began > _LONGEST_PAUSE:  # else it is no use to come back at once
                    pause = _FIRST_PAUSE
            self._look()
            await in_real_time({asyncio.get_running_loop().create_future()}, pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _end_channel(self) -> None:
        """Send no more to the node that was the active one.

        If it has said so itself, it answers what it was sent; else it may be stopped, and nobody knows.
        """
        channel, self._channel = self._channel, None
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
        if channel is not None and not channel.is_over.done():
            channel.abort()


class _AnsweredHere:
    """What has a request that waited here, and is answered here after all."""

    __slots__ = ("_answer",)

    def __init__(self, call: ForwardedCall) -> None:
        self._answer = Answer(call.request, call)

    def begin(self, site: Site) -> None:
        self._answer.begin(site)

    def hang_up(self, _: ForwardedCall) -> None:
        self._answer.hang_up()

    def end_wait(self, _: ForwardedCall) -> None:
        self._answer.end_wait()
