"""The world of one shard of several.

Rule: nothing of an account in a region comes into the world of another shard. Requests are sent to the right one; but
worlds may know different identities for a moment, as after one was declared and a node has died.
"""

from __future__ import annotations

from collections.abc import Awaitable

from decaf.api.places import place_named
from decaf.base.errors import service_unavailable
from decaf.world import World
from decaf_protocol import Call, Result


class ShardWorld(World):
    """A world that refuses calls which are carried out in accounts and regions of other shards."""

    def run(self, call: Call, now: float) -> Result | Awaitable[Result]:
        account, region = place_named(call.dialect.service, call.operation, call.params)
        if not self.shard.holds(account or call.account, region or call.region or self.settings.region):
            raise service_unavailable()
        return super().run(call, now)
