"""Fixtures for tests of SNS without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.again import check_same, check_that_it_can_be_made_again, without_lines
from tests.decaf.sns.cloud import ACCOUNT, Cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """What it holds at the test's end can be written down and made again of that, and of what is on a disk."""
    cloud = Cloud()
    yield cloud
    world = cloud.world
    asyncio.run(check_that_it_can_be_made_again(world, ACCOUNT))
    if world.keeping is not None:
        cloud.restart()
        check_same(without_lines(cloud.world.snapshot()), without_lines(world.snapshot()))
        assert cloud.world.keeping is not None
        cloud.world.keeping.close_now()
