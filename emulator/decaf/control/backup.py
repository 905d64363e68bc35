"""A copy of the data directory's file, made while the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from typing import TYPE_CHECKING, BinaryIO

from decaf.base.half_closed import to_its_end
from decaf.control import across
from decaf.control.route import EmptyRequest, EmptyResponse, Refused, Route
from decaf.http.rendering import Stream

if TYPE_CHECKING:
    from decaf.persistence.durable_store import DurableStore
    from decaf.world import World

MEDIA = "application/vnd.sqlite3"

_CHUNK = 1 << 20  # bytes


def _backup(world: World, _: EmptyRequest) -> Awaitable[Stream]:
    if world.durable_store is None:
        raise Refused("the server has no data directory to copy", 409)
    return _copy(world.durable_store)


async def _copy(durable_store: DurableStore) -> Stream:
    from decaf.persistence.errors import NotWritten  # loaded already with a durable store

    try:
        file = await to_its_end(durable_store.backup())
    except NotWritten as error:
        raise Refused(f"the copy cannot be written: {error}", 503) from None
    return Stream((("Content-Type", MEDIA),), _chunks(file))


async def _chunks(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


DOWNLOAD_BACKUP = Route(
    "GET",
    "/backup",
    "Download a copy of the data directory's file",
    _backup,
    EmptyRequest,
    EmptyResponse,
    command="backup copy.sqlite",
    python='control.backup("copy.sqlite")',
    media=MEDIA,
    across=across.ANY_SHARD,
)

ROUTES = (DOWNLOAD_BACKUP,)
