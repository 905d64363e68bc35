"""A room on this machine, on free ports, in the test's own event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from decaf.learn.classroom.classroom import Classroom, Room
from decaf.learn.classroom.front import Front


class Visit:
    """A client of a front that runs: of its calls, and of the learners' servers."""

    def __init__(self, front: Front, classroom: Classroom, session: aiohttp.ClientSession) -> None:
        self.url = f"http://127.0.0.1:{front.port}"
        self.classroom = classroom
        self.session = session

    async def call(
        self, method: str, path: str, body: Any = None, key: str = "", **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Returns the status and the body of a response of the front."""
        own = {"Authorization": f"Bearer {key}"} if key else {}
        async with self.session.request(method, self.url + path, json=body, headers=own | headers) as response:
            return response.status, await response.json()

    async def join(self, name: str, code: str | None = None, token: str = "") -> tuple[int, dict[str, Any]]:
        asked = {"name": name, "code": self.classroom.code if code is None else code, "token": token}
        return await self.call("POST", "/join", asked)

    async def status(self, url: str, path: str, token: str = "") -> int:
        """Returns the status of a response of a learner's server to a POST of its control API."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.session.post(f"{url}/_decaf{path}", json={}, headers=headers) as response:
            return response.status

    async def until(self, question: Callable[[], Awaitable[bool]]) -> None:
        """Wait until the answer is yes."""
        for _ in range(1_200):
            if await question():
                return
            await asyncio.sleep(0.05)
        raise AssertionError("it did not happen within a minute")


def runs(pid: int | None) -> bool:
    """Returns whether a process runs, one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@asynccontextmanager
async def opened(folder: Path, most: int) -> AsyncIterator[Visit]:
    classroom = Classroom(Room("127.0.0.1", 0, folder, most=most), time.monotonic)
    front = Front(classroom, 0)
    await front.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Visit(front, classroom, session)
    finally:
        await front.stop()


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Plays a scene in a room that is open for it."""

    def _play(scene: Callable[[Visit], Awaitable[None]], most: int = 5) -> None:
        async def run() -> None:
            async with opened(tmp_path / "class", most) as visit:
                await scene(visit)

        asyncio.run(run())

    return _play
