"""A room without its front: what is left of a learner for whom there is no server."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from decaf.learn.classroom.classroom import Classroom, Room
from decaf.learn.classroom.roster import Full

ELSEWHERE = "192.0.2.1"  # an address for documentation: no machine has it, so none of its ports is free


@pytest.mark.parametrize(
    ("room", "error"),
    [
        (Room(ELSEWHERE, 4581, Path("unused"), most=2), Full),
        (Room("127.0.0.1", 70_000, Path("unused"), most=2), OverflowError),
        (Room("127.0.0.1", 0, Path("\0"), most=2), ValueError),
    ],
    ids=["no port is free", "there is no such port", "the folder cannot be made"],
)
def test_who_gets_no_server_takes_no_name_and_no_place(room: Room, error: type[Exception]) -> None:
    async def scene() -> None:
        classroom = Classroom(room, time.monotonic)
        for name in ("Ada", "Ada", "Grace", "Alan"):
            with pytest.raises(error):
                await classroom.join(name, "", "127.0.0.1")
        assert classroom.places == []
        with pytest.raises(LookupError):
            classroom.readmit("Ada")

    asyncio.run(scene())
