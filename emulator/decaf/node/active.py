"""What the active node has, and the end of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from decaf.base.clock import in_real_time
from decaf.http.site import Site
from decaf.persistence.postgres.ownership import Lease
from decaf.persistence.postgres.postgres import Postgres
from decaf.world import World

_TO_WRITE = 2.0  # seconds to write what is left; it is given up when the database is not reached


@dataclass(frozen=True, slots=True)
class Active:
    """What the active node has: its lease, its world, what keeps the state, and what answers requests with them."""

    lease: Lease
    world: World
    keeper: Postgres
    site: Site

    async def close(self, patience: float) -> None:
        """Close the world, and write what is left. Deliveries under way have `patience` seconds."""
        self.world.stop_waiting()
        closing = asyncio.ensure_future(self.world.close(patience))
        if await in_real_time({closing}, patience + _TO_WRITE):
            self.keeper.give_up()
        await closing

    async def abandon(self) -> None:
        """Close the world without writing what is left, since another node owns the state."""
        self.keeper.give_up()
        self.world.stop_waiting()
        await self.world.close()
