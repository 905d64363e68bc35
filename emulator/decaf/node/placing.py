"""Requests in accounts and regions that have no shard yet, as far as this node knows: they wait until they have one.

Rule: which shard it is, the database chooses, once. While it is not reached, requests wait as others do that wait for
an owner, first come first served, and not for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial

from decaf.base.clock import in_real_time, seconds
from decaf.base.half_closed import to_its_end
from decaf.base.shard import Place, ShardMap
from decaf.cluster.hop.call import ForwardedCall
from decaf.cluster.parked import Bodies, Limits, Parked
from decaf_protocol import Reply, Request

_PAUSE = 0.25  # seconds until the database is asked again
_LONGEST = Limits().wait


class Placing:
    """The requests of a node that wait for a shard.

    `place` has shards chosen, and raises ConnectionError while it cannot; `take` has the shard with a number answer a
    request; `refuse` makes the reply to a request that cannot be carried out.
    """

    def __init__(
        self,
        shards: ShardMap,
        place: Callable[[Collection[Place]], Awaitable[None]],
        take: Callable[[int, ForwardedCall], None],
        refuse: Callable[[Request], Reply],
        bodies: Bodies,
    ) -> None:
        self._shards = shards
        self._place = place
        self._take = take
        self._refuse = refuse
        self._parked = Parked(bodies=bodies)
        self._wanted: dict[Place, None] = {}
        self._asking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._parked)

    async def place(self, places: Collection[Place]) -> None:
        """Have these accounts in regions get shards, if they have none, also when the client of the call that needs it
        sends no more. Raises ConnectionError when the database is not reached for as long as a request waits."""
        until = seconds() + _LONGEST
        while True:
            try:
                return await to_its_end(self._place(places))
            except ConnectionError:
                if seconds() >= until:
                    raise
            await to_its_end(in_real_time({asyncio.get_running_loop().create_future()}, _PAUSE))

    async def shard_of(self, place: Place) -> int:
        """Returns the number of the shard of an account in a region, which gets one if it has none. Raises
        ConnectionError as `place`."""
        while (shard := self._shards.find(*place)) is None:
            await self.place([place])
        return shard

    def answer(self, place: Place, request: Request, is_plain: bool = False) -> ForwardedCall:
        """Returns the reply to a request, as Forwarding does."""
        call = ForwardedCall(request, self._refuse, partial(self.go_on, place), self.go_on, is_plain)
        self.go_on(place, call)
        return call

    def call(self, place: Place, request: Request) -> ForwardedCall:
        """As `answer`, for a plain request."""
        return self.answer(place, request, is_plain=True)

    def go_on(self, place: Place, call: ForwardedCall) -> None:
        """Have a request carried out that was not, by the shard of an account in a region, once that is known."""
        shard = self._shards.find(*place)
        if shard is not None:
            self._take(shard, call)
        else:
            self.wait(place, call)

    def wait(self, place: Place, call: ForwardedCall) -> None:
        """Take a request back, as one that was not carried out, once the shard of an account in a region is known."""
        self._parked.add(call)
        self._wanted[place] = None
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._ask())

    def stop(self) -> None:
        """Refuse all requests that wait."""
        self._parked.refuse_all()
        if self._asking is not None:
            self._asking.cancel()

    async def _ask(self) -> None:
        while len(self._parked):
            try:
                await self._place([*self._wanted])
            except ConnectionError:
                await in_real_time({asyncio.get_running_loop().create_future()}, _PAUSE)
                continue
            self._wanted.clear()
            self._parked.take_all(ForwardedCall.not_sent)
        self._asking = None
