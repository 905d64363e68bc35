"""The room: learners come in by a code, each gets a server, and all of it ends together."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from decaf.learn.classroom.join_code import Door, new_code
from decaf.learn.classroom.progress import Progress, look, watch
from decaf.learn.classroom.roster import MOST, Full, Learner, Roster
from decaf.learn.classroom.servers import LearnerServer

_STARTING = 4  # servers that start at once


class Room(msgspec.Struct, frozen=True):
    """Where a room is: servers listen on `host`, on the ports from `first_port` on, or on any with 0.

    `names` are more host names of this machine. At most `most` learners come in. Their data is in `folder`.
    """

    host: str
    first_port: int
    folder: Path
    names: tuple[str, ...] = ()
    most: int = MOST


@dataclass(slots=True)
class Place:
    """A learner with their server and progress. `started` is done when the server is ready, or did not start."""

    learner: Learner
    server: LearnerServer
    progress: Progress
    started: asyncio.Task[None]
    watching: asyncio.Task[None]


class Classroom:
    """A room with its learners. `code` lets them in; `key` is the teacher's. `now` is seconds that only go forward."""

    def __init__(self, room: Room, now: Callable[[], float]) -> None:
        self.code = new_code()
        self.key = secrets.token_urlsafe(24)
        self.room = room
        self._door = Door(self.code, now)
        self._roster = Roster(room.most)
        self._places: dict[str, Place] = {}  # by the learner's token
        self._starting = asyncio.Semaphore(_STARTING)
        self._folders = 0  # that were made

    @property
    def places(self) -> list[Place]:
        """All places, in the order in which they were taken."""
        return list(self._places.values())

    def check_code(self, code: str, address: str | None) -> None:
        """Raises WrongCode or TooMany."""
        self._door.check(code, address)

    def is_learner(self, name: str, token: str) -> bool:
        """Returns whether a learner of that name is in the room, and the token is theirs."""
        return self._roster.knows(name, token)

    def is_teacher(self, key: str) -> bool:
        return secrets.compare_digest(self.key.encode(), key.encode("utf-8", "surrogateescape"))

    async def join(self, name: str, token: str, address: str) -> Place:
        """Returns the place of a learner, whose server is ready. Who is in the room already needs their token.

        Raises BadName, NameTaken, Full, DidNotStart or OSError; the name of who was new is free again then.
        """
        learner, is_new = self._roster.enter(name, address, token)
        if is_new:
            try:
                self._places[learner.token] = self._seat(learner)
            except Exception:
                self._roster.remove(learner)
                raise
        place = self._places[learner.token]
        try:
            await asyncio.shield(place.started)
        except Exception:
            await self._leave(place)
            raise
        return place

    async def restart(self, token: str) -> None:
        """End a learner's server as a power failure does; return when it is ready again. Raises NoLearner."""
        place = self._places[self._roster.with_token(token).token]
        await asyncio.shield(place.started)
        await place.server.restart()

    async def look(self, token: str) -> None:
        """Check now what a learner's server shows, since a run has ended. Raises NoLearner."""
        place = self._places[self._roster.with_token(token).token]
        await look(place.server, place.progress)

    def readmit(self, name: str) -> None:
        """Let the name alone bring a learner back to their place, once. Raises NoLearner."""
        self._roster.named(name).may_return = True

    async def remove(self, name: str) -> None:
        """End a learner's server, and delete what it has; the name is free again. Raises NoLearner."""
        await self._leave(self._places[self._roster.named(name).token])

    async def close(self) -> None:
        """End all servers."""
        await asyncio.gather(*(self._leave(place) for place in self.places))

    def _seat(self, learner: Learner) -> Place:
        self._folders += 1
        room = self.room
        folder = room.folder / str(self._folders)
        server = LearnerServer(
            room.host, self._port(), room.names, learner.address, learner.token, folder, self._starting
        )
        progress = Progress()
        started = asyncio.create_task(server.start())
        return Place(learner, server, progress, started, asyncio.create_task(watch(server, progress)))

    def _port(self) -> int:
        """Returns a port that is free and no other learner's. Raises Full when there is none."""
        taken = {place.server.port for place in self._places.values()}
        first = self.room.first_port
        if first == 0:
            return 0
        for port in range(first, first + 4 * self.room.most):
            if port not in taken and _is_free(self.room.host, port):
                return port
        raise Full

    async def _leave(self, place: Place) -> None:
        self._roster.remove(place.learner)
        self._places.pop(place.learner.token, None)
        place.watching.cancel()
        await place.server.stop()
        await asyncio.gather(place.started, place.watching, return_exceptions=True)
        shutil.rmtree(place.server.folder, ignore_errors=True)


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
    return True
