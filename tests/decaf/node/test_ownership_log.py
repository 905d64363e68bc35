"""What a node logs of the shards that come to it and go."""

from __future__ import annotations

import asyncio
import logging

import pytest

from decaf.base.clock import seconds
from decaf.node.ownership_log import OwnershipLog
from decaf.persistence.postgres.ownership import Lease


def _logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage().partition(", loaded")[0]) for record in caplog.records]


def test_shards_that_come_together_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        log = OwnershipLog(16)
        for shard in (14, 3, 8):
            log.gained(Lease(shard, "node", 2, 0), planned=False, began=seconds())
        log.gained(Lease(5, "node", 2, 0), planned=True, began=seconds())
        assert caplog.records == []
        log.write()
        log.write()

    caplog.set_level(logging.INFO, "decaf")
    asyncio.run(run())
    assert _logged(caplog) == [
        ("WARNING", "this node owns 3 shards (3, 8, 14) now"),
        ("INFO", "this node owns shard 5 now"),
    ]


def test_shards_that_are_lost_together_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        log = OwnershipLog(16)
        for shard in (2, 1):
            log.lost(shard)
        log.write()

    asyncio.run(run())
    assert _logged(caplog) == [("WARNING", "this node has lost 2 shards (1, 2) to others")]


def test_shards_are_logged_when_no_more_come(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("decaf.node.ownership_log._QUIET", 0.0)

    async def run() -> None:
        OwnershipLog(16).lost(1)
        async with asyncio.timeout(10):
            while not caplog.records:
                await asyncio.sleep(0)

    asyncio.run(run())
    assert _logged(caplog) == [("WARNING", "this node has lost shard 1 to others")]


def test_with_one_shard_a_line_is_written_at_once(caplog: pytest.LogCaptureFixture) -> None:
    log = OwnershipLog(1)
    log.gained(Lease(0, "node", 7, 0), planned=False, began=seconds())
    log.lost(0)
    assert _logged(caplog) == [
        ("WARNING", "this node is the active one: epoch 7"),
        ("WARNING", "this node is not the active one any more"),
    ]
