"""One shard at one node: the world that answers for it while the node owns it, else the way to the node that does.

Rule: while this node owns the shard, one comparison with the end of its lease stands before each request. Once it is
past that, nothing is answered: requests wait until it is known who owns the shard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from decaf.base.clock import boot_time, seconds
from decaf.base.later import Later
from decaf.base.settings import BadSetting
from decaf.base.shard import Misdirected, Place, ShardMap
from decaf.cluster.forwarding import Forwarding
from decaf.cluster.hop.call import ForwardedCall
from decaf.cluster.hop.dialling import Address
from decaf.cluster.hop.links import Links
from decaf.cluster.hop.payloads import NotActive
from decaf.cluster.lease import State
from decaf.cluster.membership import Membership, View
from decaf.cluster.parked import Bodies, Parked
from decaf.http.rendering import Stream
from decaf.node.active import Active
from decaf.node.address import address_of
from decaf.node.ownership_log import OwnershipLog
from decaf.node.placing import Placing
from decaf.persistence.errors import NotWritten, Unusable
from decaf.persistence.postgres.ownership import Lease
from decaf_protocol import Call, Reply, Request

_log = logging.getLogger("decaf")

_LAST_DELIVERIES = 0.2  # seconds that deliveries under way have when another node is to take over; it tries them again


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all shards of a node have in common.

    `map` is which shard each account in a region has, and `placing` has the requests for those that have none. `grace`
    is how many seconds requests and deliveries have in the end. `load` returns what was loaded under a lease, in a
    thread; `open` begins to answer with it; `refuse` makes the reply to a request that cannot be carried out; `give_up`
    has the nodes that send requests for a shard look for its owner; `log` has the changes of owners; `links` are the
    connections to other nodes; `bodies` are those of all requests that wait.
    """

    id: str
    map: ShardMap
    grace: float
    membership: Membership
    load: Callable[[Lease], Active]
    open: Callable[[Active], None]
    refuse: Callable[[Request], Reply]
    give_up: Callable[[int], None]
    placing: Placing
    log: OwnershipLog
    links: Links
    bodies: Bodies


class Seat:
    """The shard `shard` at a node."""

    def __init__(self, shard: int, node: Surroundings) -> None:
        self.shard = shard
        self.view = View(shard, State.NONE, None, None)
        self.active: Active | None = None
        parked = Parked(bodies=node.bodies)
        self.forwarding = Forwarding(node.links, node.refuse, node.membership.look, parked, shard)
        self.unowned = asyncio.Event()  # set while this node has no lease
        self.unowned.set()
        self._node = node
        self._lease = node.membership.lease(shard)
        self._loading: Lease | None = None  # under which a state is being loaded
        self._tasks: set[asyncio.Task[None]] = set()
        self._emptying: asyncio.Task[None] | None = None
        self._stops = False

    @property
    def owns(self) -> bool:
        """Whether this node owns the shard at this moment, and has loaded it."""
        return self.active is not None and boot_time() < self._lease.owned_until

    @property
    def owner(self) -> str | None:
        """The node that owns the shard, as far as is known."""
        if self.view.lease is not None:
            return self._node.id
        return None if self.view.owned is None else self.view.owned.owner

    # requests

    def answer(self, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
        """Answer any request that a client sent to this node. Raises Dropped, as the awaitable may."""
        if self.active is not None and boot_time() < self._lease.owned_until:
            return self.active.site.answer(request)
        return self._wait(request, self._node.placing.go_on)

    def call(self, request: Request, call: Call | None = None) -> Reply | Later | Awaitable[Reply]:
        """As `answer`, for a plain request of an AWS client, which was decoded to `call` if somebody has done that."""
        if self.active is not None and boot_time() < self._lease.owned_until:
            return self.active.site.call(request, call)
        self._let_wait()
        return self.forwarding.call(request, self._node.placing.go_on)

    def take(self, call: ForwardedCall) -> None:
        """Answer a request that waited until the shard was known, or that another shard got before."""
        if not self.owns:
            self._let_wait()
        self.forwarding.take(call)

    def answer_node(self, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
        """Answer a request that came to another node. Raises NotActive when this one does not own the shard."""
        if self.owns:
            return self._answer_own(request)
        # While it hands the shard over, too: calls that wait here would be broken off when the other node owns it.
        if self.view.lease is None or self._stops or self.view.state is State.DRAINING:
            owned = self.view.owned
            raise NotActive() if owned is None else NotActive(owned.owner or "", owned.epoch)
        return self._wait(request)

    def _answer_own(self, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
        """Answer with the world of this node, also for an account in a region that it does not know yet: another node,
        which does, may have sent the request."""
        assert self.active is not None
        reply = self.active.site.answer(request)
        if isinstance(reply, Misdirected) and self._node.map.find(*reply.place) is None:
            call = ForwardedCall(request, self._node.refuse, partial(self._go_on, reply))
            self._node.placing.wait(reply.place, call)
            return call
        return reply

    def _go_on(self, misdirected: Misdirected, call: ForwardedCall) -> None:
        """Answer a request once it is known which shard it is for."""
        if self._node.map.find(*misdirected.place) == self.shard:
            self.take(call)
        else:
            call.reply(misdirected)

    def _wait(
        self, request: Request, pass_on: Callable[[Place, ForwardedCall], None] | None = None
    ) -> Awaitable[Reply | Stream]:
        """Let a request wait until it is known who owns the shard."""
        self._let_wait()
        return self.forwarding.answer(request, pass_on)

    def _let_wait(self) -> None:
        """Answer nothing with what this node has loaded: its lease is over for now."""
        if self.active is not None:
            self.forwarding.use(self._owner())

    # what is known of the lease

    def changed(self, view: View) -> None:
        """The membership has a new view."""
        before, self.view = self.view.owned, view
        if view.lease is None:
            self.unowned.set()
        else:
            self.unowned.clear()
        if self.active is not None and self.active.lease != view.lease:
            self._drop(self.active)
        if view.state is State.LOADING and view.lease is not None and self._loading != view.lease:
            self._loading = view.lease
            self._begin(self._take_over(view.lease, before is None or before.owner is None))
        if view.state is State.DRAINING and not self._stops and self.active is not None:
            lease = self.active.lease
            self.empty()
            self._begin(self._hand_over(lease))
        self._direct()

    def _direct(self) -> None:
        """Have requests go where they can be answered."""
        if self.active is not None and self.view.state is State.OWNED:
            self.forwarding.use_own(self._answer_own)
        else:
            self.forwarding.use(self._owner())

    def _owner(self) -> Address | None:
        """Returns where the owner is, None when that is not known, or this node."""
        owned = self.view.owned
        if self.view.lease is not None or owned is None or owned.owner in (None, self._node.id) or not owned.address:
            return None
        return address_of(owned)

    async def _take_over(self, lease: Lease, planned: bool) -> None:
        """Load the state under a lease, and answer for it. It is `planned` unless the last owner died."""
        began = seconds()
        active = None
        try:
            active = await asyncio.to_thread(self._node.load, lease)
            if self.view.lease != lease or self._stops:
                await asyncio.to_thread(active.keeper.close)
                return
            self._node.open(active)
        except Exception as error:
            await self._give_back(lease, active, error)
            return
        self.active = active
        self._node.membership.loaded(lease)
        self._node.log.gained(lease, planned, began)

    async def _give_back(self, lease: Lease, active: Active | None, error: Exception) -> None:
        """Leave a state that could not be loaded to other nodes, and to a later trial."""
        expected = isinstance(error, OSError | BadSetting | Unusable | NotWritten)
        _log.error("%s cannot be loaded: %s", self._name, error, exc_info=None if expected else error)
        if active is not None:
            await active.abandon()
        self._node.membership.load_failed(lease)

    def _drop(self, active: Active) -> None:
        """Another node owns the shard: forget this node's state, and all that it has not written."""
        self._node.log.lost(self.shard)
        self.active = None
        self._begin(active.abandon())

    async def _hand_over(self, lease: Lease) -> None:
        """Leave the shard, which this node has under a lease, to another node, which has too few."""
        await self.emptied()
        self._node.give_up(self.shard)  # before the lease is released: who sees that breaks off what it has sent here
        self._node.membership.emptied(lease)
        await self.unowned.wait()
        self._node.give_up(self.shard)  # of nodes that have connected again meanwhile

    # the end

    def stop(self) -> None:
        """This node ends: it takes the shard no more, and answers no other node for it."""
        self._stops = True

    def empty(self) -> None:
        """Write what is left, if this node owns the shard, and let requests wait for the one that takes over."""
        active, self.active = self.active, None
        if active is not None:
            self.forwarding.use(None)
            self._emptying = asyncio.ensure_future(active.close(min(_LAST_DELIVERIES, self._node.grace)))

    async def emptied(self) -> None:
        """Return when all is written."""
        if self._emptying is not None:
            await asyncio.wait({self._emptying})

    def cancel(self) -> None:
        """End all that is under way."""
        self.forwarding.stop()
        for task in self._tasks:
            task.cancel()

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def _name(self) -> str:
        """What the log calls it."""
        return f"shard {self.shard}" if self._node.map.count > 1 else "the state"
