"""A call that came to the wrong shard, and what is said of it.

Rule: such a call was not carried out, and is noted nowhere. Who passed it on has the right shard answer it; who cannot,
or has tried, returns the response as it is, which refuses the call.
"""

from __future__ import annotations

from decaf_protocol import Reply


class WrongShard(Exception):
    """A call is for another shard than that of a world: for the one with the number `right`."""

    def __init__(self, right: int) -> None:
        super().__init__(right)
        self.right = right


class Misdirected(Reply, frozen=True):
    """The refusal of a call that is for the shard `shard`."""

    shard: int
