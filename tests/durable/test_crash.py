"""What was answered outlives the process, whenever that dies."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from tests.durable.disk import FaultyDisk
from tests.durable.load import Load, check
from tests.durable.process import Process

LONG = os.environ.get("DECAF_LONG") == "1"
KILLS = 100 if LONG else 5


def test_what_was_answered_outlives_kills_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(1)
    with Process(tmp_path / "data") as server:
        load = Load(server)
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.5))  # the load goes on by itself meanwhile
            with load.away():
                server.kill()
                server.start()
        load.stop()
        check(server, load.known)


def test_what_was_answered_outlives_kills_between_any_two_writes(tmp_path: Path, disk: FaultyDisk) -> None:
    """In the middle of a commit, of a checkpoint, of a write even; and while the log is read at the start."""
    chance = random.Random(2)
    with Process(tmp_path / "data", environment=disk.environment) as server:
        load = Load(server)
        for _ in range(KILLS):
            disk.kill_at(chance.randint(1, 2_000 if LONG else 400), tear=chance.random() < 0.5)
            server.wait()
            with load.away():
                disk.recover()
                server.start()
        load.stop()
        check(server, load.known)
