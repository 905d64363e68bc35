"""The connections of a node to others: one to each, which is dialled when the first shard needs it.

Rule: shards that want the same node at the same time wait for one attempt, and it fails for all of them. An attempt
that nobody waits for any more ends, and so does a connection that no shard uses.
"""

from __future__ import annotations

import asyncio

from decaf.cluster.hop.connection import Identity
from decaf.cluster.hop.dialling import Address, Channel, Dialling, dial


class Links:
    """The connections of a node, which is `me`: that is known before the first is made.

    `unreached` has the nodes that no connection can be made to, or that are silent: the log names each once.
    """

    def __init__(self, me: Identity | None = None) -> None:
        self.me = me
        self.unreached = set[str]()
        self._links: dict[Address, _Link] = {}

    async def channel(self, address: Address, shard: int) -> Channel:
        """Returns a channel for the calls for a shard, on the connection to its owner. Raises Unreachable."""
        link = self._links.get(address)
        if link is None or link.is_over:
            link = self._new(address)
        return await link.channel(shard)

    def _new(self, address: Address) -> _Link:
        assert self.me is not None
        self._links = {at: link for at, link in self._links.items() if not link.is_over}
        link = self._links[address] = _Link(address, self.me)
        return link


class _Link:
    """A connection that is being made, or is there."""

    __slots__ = ("_dialling", "_waiting")

    def __init__(self, address: Address, me: Identity) -> None:
        self._dialling: asyncio.Task[Dialling] = asyncio.get_running_loop().create_task(dial(address, me))
        self._waiting = 0  # shards that wait for it to be made

    @property
    def is_over(self) -> bool:
        """Whether there is no such connection, or no more requests may be sent on it."""
        if not self._dialling.done():
            return self._dialling.cancelling() > 0
        return self._made is None or self._made.is_over.done()

    async def channel(self, shard: int) -> Channel:
        self._waiting += 1
        try:
            if not self._dialling.done():
                await asyncio.wait({self._dialling})
            return self._dialling.result().open(shard)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._end_unused()

    def _end_unused(self) -> None:
        if not self._dialling.done():
            self._dialling.cancel()
        elif self._made is not None:
            self._made.close_when_done()

    @property
    def _made(self) -> Dialling | None:
        """The connection, once it is made."""
        dialling = self._dialling
        return None if dialling.cancelled() or dialling.exception() is not None else dialling.result()
