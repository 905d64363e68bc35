"""A part of the state that one world has: all of it, or where nodes share it out, what falls to it.

Rule: what falls to a shard is an account in a region. Nothing of AWS's in one region needs another at the same moment.
A call that came to the wrong shard was not carried out, and is noted nowhere. Who passed it on has the right shard
answer it; who cannot, or has tried, returns the response as it is, which refuses the call.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from decaf_protocol import Reply


class Shard(msgspec.Struct, frozen=True):
    """The shard `number` of `count`."""

    number: int = 0
    count: int = 1

    def holds(self, account: str, region: str) -> bool:
        """Returns whether an account in a region is in this shard."""
        return self.count == 1 or shard_of(account, region, self.count) == self.number


WHOLE = Shard()  # all state


def shard_of(account: str, region: str, count: int) -> int:
    """Returns the number of the shard, of `count`, that an account in a region is in. It is the same for ever: their
    state is written there.

    A checksum would not do: by those, two regions are in the same shard for all accounts, or for none.
    """
    place = f"{account}/{region}".encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(place).digest()) % count


class WrongShard(Exception):
    """A call is for another shard than that of a world: for the one with the number `right`."""

    def __init__(self, right: int) -> None:
        super().__init__(right)
        self.right = right


class Misdirected(Reply, frozen=True):
    """The refusal of a call that is for the shard `shard`."""

    shard: int
