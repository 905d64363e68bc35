"""A part of the state that one world has: all accounts, or where nodes share them out, those that fall to it."""

from __future__ import annotations

from zlib import crc32

import msgspec


class Shard(msgspec.Struct, frozen=True):
    """The shard `number` of `count`."""

    number: int = 0
    count: int = 1

    def holds(self, account: str) -> bool:
        """Returns whether an account is in this shard."""
        return self.count == 1 or shard_of(account, self.count) == self.number


WHOLE = Shard()  # the state of all accounts


def shard_of(account: str, count: int) -> int:
    """Returns the number of the shard, of `count`, that an account is in. It is the same for ever: the state of the
    account is written there. Accounts that differ in a few digits only are spread as others are.
    """
    return crc32(account.encode("utf-8", "surrogatepass")) % count
