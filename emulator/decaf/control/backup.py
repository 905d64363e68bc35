"""A copy of the data directory's file, made while the server goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from typing import TYPE_CHECKING, BinaryIO

from decaf.control.route import Nothing, Refused, Route
from decaf.http.rendering import Stream

if TYPE_CHECKING:
    from decaf.persistence.durable_store import DurableStore
    from decaf.world import World

MEDIA = "application/vnd.sqlite3"

_CHUNK = 1 << 20  # bytes


def _backup(world: World, _: Nothing) -> Awaitable[Stream]:
    if world.durable_store is None:
        raise Refused("there is no data directory to make a copy of", 409)
    return _copy(world.durable_store)


async def _copy(durable_store: DurableStore) -> Stream:
    from sqlite3 import Error  # few need it, and there it is loaded already

    try:
        file = await durable_store.backup()
    except (Error, OSError) as error:
        raise Refused(f"the copy cannot be written: {error}", 503) from None
    return Stream((("Content-Type", MEDIA),), _chunks(file))


async def _chunks(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


ROUTES = (Route("GET", "/backup", "A copy of the data directory's file", _backup, media=MEDIA),)
