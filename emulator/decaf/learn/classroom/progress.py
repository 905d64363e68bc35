"""How far a learner is, as the wire of their own server shows it.

Rule: a lesson is passed when the server's own check of it says so, while nothing happens on the server or at the end
of a run; what no program reports, nobody can make up. An account is of the lesson whose number its last two digits are.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
import msgspec

_LOOK = 1.5  # seconds between two looks at a server
_TIMEOUT = aiohttp.ClientTimeout(total=20.0)
_LONGEST = 4 * 1024 * 1024  # bytes of a response that is read
_SHOWN = 300  # characters of a sentence


class Watched(Protocol):
    """A server that is looked at: its control API at `url`, how often it was started, and its control token."""

    @property
    def url(self) -> str: ...
    @property
    def starts(self) -> int: ...
    @property
    def token(self) -> str: ...
    @property
    def is_ready(self) -> bool: ...


@dataclass(slots=True)
class Progress:
    """The lessons `passed`, the `current` one with what the check says of it, and when something happened last."""

    passed: set[int] = field(default_factory=set)
    current: int | None = None
    sentence: str = ""
    active_at: float | None = None  # seconds that only go forward
    seen: tuple[int, int] = (0, 0)  # the start of the server, and the mark of its latest event
    unchecked: set[str] = field(default_factory=set)  # accounts


class _Event(msgspec.Struct):
    arn: str


class _Events(msgspec.Struct):
    events: list[_Event]
    mark: int


class _Checked(msgspec.Struct):
    passed: bool
    sentence: str = ""


async def watch(server: Watched, progress: Progress) -> None:
    """Look at a server again and again, until this is cancelled."""
    async with _session(server) as session:
        while True:
            await asyncio.sleep(_LOOK)
            if server.is_ready:
                with suppress(*_MISSED):  # the next look sees it
                    # A check in the middle of a run would be of half a story.
                    if not await _has_news(session, server, progress):
                        await _check_all(session, server, progress)


async def look(server: Watched, progress: Progress) -> None:
    """Look at a server at once: a run has ended, and the next one may empty the account, or kill the server."""
    async with _session(server) as session:
        with suppress(*_MISSED):
            await _has_news(session, server, progress)
            await _check_all(session, server, progress)


class _TooLong(Exception):
    """A response is longer than any that is expected."""


_MISSED = (aiohttp.ClientError, TimeoutError, msgspec.DecodeError, _TooLong)  # the server was ended, or is busy


def _session(server: Watched) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=_TIMEOUT, headers={"Authorization": f"Bearer {server.token}"})


async def _has_news(session: aiohttp.ClientSession, server: Watched, progress: Progress) -> bool:
    """Returns whether something has happened since the last look, and notes whose the latest of it is."""
    async with session.get(f"{server.url}/_decaf/events?limit=1") as response:
        found = msgspec.json.decode(await _read(response), type=_Events)
    seen = (server.starts, found.mark)
    if seen == progress.seen:
        return False
    progress.seen = seen
    for account in {event.arn.split(":")[4] for event in found.events}:
        _note(progress, account)
    return True


async def _check_all(session: aiohttp.ClientSession, server: Watched, progress: Progress) -> None:
    for account in tuple(progress.unchecked):
        await _check(session, server, progress, account)
        progress.unchecked.discard(account)


def _note(progress: Progress, account: str) -> None:
    number = lesson_of(account)
    if number is not None:
        progress.active_at = time.monotonic()
        progress.unchecked.add(account)
        if progress.current != number:
            progress.current, progress.sentence = number, ""


async def _check(session: aiohttp.ClientSession, server: Watched, progress: Progress, account: str) -> None:
    number = lesson_of(account)
    asked: dict[str, Any] = {"number": number, "account": account}
    async with session.post(f"{server.url}/_decaf/lesson/check", json=asked) as response:
        if response.status != 200:
            return  # there is no such lesson
        checked = msgspec.json.decode(await _read(response), type=_Checked)
    if number is not None and checked.passed:
        progress.passed.add(number)
    if number == progress.current:
        progress.sentence = checked.sentence[:_SHOWN]


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > _LONGEST:
            raise _TooLong
    return bytes(body)


def lesson_of(account: str) -> int | None:
    """Returns the number of the lesson whose account this is, None for an account of no lesson."""
    number = int(account[-2:]) if account.isdigit() else 0
    return number or None
