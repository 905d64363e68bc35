"""A part of the state that one world has: all of it, or where nodes share it out, what falls to it.

Rule: what falls to a shard are accounts in regions. Nothing of AWS's in one region needs another at the same moment.
Each gets a shard with its first call and keeps it for ever, so what a node knows of that is right: it may only not know
it yet. It is wrong where the database has lost something, as by a failover to a standby that had not all.

A call that came to the wrong shard was not carried out, and is noted nowhere. Who passed it on has the right shard
answer it; who cannot, or has tried, returns the response as it is, which refuses the call.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from decaf_protocol import Reply

Place = tuple[str, str]  # an account and a region


class Placed(msgspec.Struct, frozen=True):
    """An account in a region has the shard `shard`. It was the `number`th to get one."""

    number: int
    account: str
    region: str
    shard: int


class ShardMap:
    """Which of `count` shards each account in a region has, as far as is known: of the first `known` that got one, at
    least. A thread may learn while others ask.
    """

    __slots__ = ("_latest", "_shards", "count")

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self._latest: Placed | None = None  # that was learned
        self._shards: dict[Place, int] = {}

    @property
    def known(self) -> int:
        return 0 if self._latest is None else self._latest.number

    def find(self, account: str, region: str) -> int | None:
        """Returns the number of the shard of an account in a region, None when that is not known."""
        return 0 if self.count == 1 else self._shards.get((account, region))

    def learn(self, placed: Sequence[Placed]) -> bool:
        """Learn of the last that is known, and all that come after it, in their order. Returns False, and learns
        nothing, when that is another one: what is known is wrong.
        """
        if self._latest is not None and self._latest not in placed[:1]:
            return False
        for each in placed:
            self.note((each.account, each.region), each.shard)
            self._latest = each
        return True

    def start_anew(self) -> None:
        """Forget everything."""
        self._shards, self._latest = {}, None

    def note(self, place: Place, shard: int) -> None:
        """Learn of one, whichever that is."""
        self._shards[place] = shard


class Shard(msgspec.Struct, frozen=True):
    """The shard `number` of those in `map`."""

    number: int = 0
    map: ShardMap = ShardMap()

    @property
    def count(self) -> int:
        """The number of all shards."""
        return self.map.count

    def holds(self, account: str, region: str) -> bool:
        """Returns whether an account in a region is in this shard. Without a shard it has no state, here or elsewhere:
        it is not."""
        return self.map.find(account, region) == self.number


WHOLE = Shard()  # all state


class WrongShard(Exception):
    """A call is for another shard than that of a world: for that of `place`."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


class Misdirected(Reply, frozen=True):
    """The refusal of a call that is for the shard of `place`."""

    place: Place
