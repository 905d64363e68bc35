"""How far a learner is, as the wire of their own server shows it.

Rule: a lesson is passed when the server's own check of it says so, while nothing happens on the server; what no program
reports, nobody can make up. An account is of the lesson whose number its last two digits are.
"""

from __future__ import annotations

import asyncio
import time
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
    async with aiohttp.ClientSession(timeout=_TIMEOUT, headers={"Authorization": f"Bearer {server.token}"}) as session:
        while True:
            await asyncio.sleep(_LOOK)
            if server.is_ready:
                try:
                    await _look(session, server, progress)
                except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError, _TooLong):
                    continue  # it was ended, or is busy: the next look sees it


class _TooLong(Exception):
    """A response is longer than any that is expected."""


async def _look(session: aiohttp.ClientSession, server: Watched, progress: Progress) -> None:
    async with session.get(f"{server.url}/_decaf/events?limit=1") as response:
        found = msgspec.json.decode(await _read(response), type=_Events)
    seen = (server.starts, found.mark)
    if seen != progress.seen:
        progress.seen = seen
        for account in {event.arn.split(":")[4] for event in found.events}:
            _note(progress, account)
        return  # a check in the middle of a run would be of half a story
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
