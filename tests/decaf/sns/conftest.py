"""Fixtures for tests of SNS without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.again import check_same, check_that_it_can_be_made_again, without_orders
from tests.decaf.sns.cloud import ACCOUNT, Cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud; at the end of the test its state is written and restored, and compared with the original."""
    cloud = Cloud()
    cloud.follow()
    yield cloud
    world = cloud.world
    asyncio.run(check_that_it_can_be_made_again(world, ACCOUNT, cloud.follower))
    if world.durable_store is not None:
        cloud.restart()
        check_same(without_orders(cloud.world.snapshot()), without_orders(world.snapshot()))
        assert cloud.world.durable_store is not None
        cloud.world.durable_store.close_now()
