"""The server of a learner, without a room."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from decaf.background import DidNotStart
from decaf.learn.classroom.servers import LearnerServer
from tests.decaf.learn.classroom.conftest import runs


class _StopsItWhenReady(asyncio.Semaphore):
    server: LearnerServer

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop()
        self.release()


def test_a_server_that_is_stopped_as_it_becomes_ready_did_not_start(tmp_path: Path) -> None:
    async def scene() -> None:
        starting = _StopsItWhenReady()
        server = LearnerServer("127.0.0.1", 0, (), "127.0.0.1", "token", tmp_path / "1", starting)
        starting.server = server
        with pytest.raises(DidNotStart):
            await server.start()
        assert not server.is_ready
        assert not runs(server.pid)
        assert asyncio.all_tasks() == {asyncio.current_task()}  # nothing starts it again

    asyncio.run(scene())
