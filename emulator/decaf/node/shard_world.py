"""The world of one shard of several.

Rule: nothing of an account in a region comes into the world of another shard. Requests are sent to the right one; but
worlds may know different identities, as after one was declared and a node has died, and a node without a world knows
only those of its settings.
"""

from __future__ import annotations

from decaf.api.places import place_named
from decaf.base.shard import WrongShard
from decaf.world import World
from decaf_protocol import Call


class ShardWorld(World):
    """A world that carries out only calls in the accounts and regions of its shard."""

    def check_place(self, call: Call) -> None:
        account, region = place_named(call.dialect.service, call.operation, call.params)
        place = account or call.account, region or call.region or self.settings.region
        if not self.shard.holds(*place):
            raise WrongShard(place)
