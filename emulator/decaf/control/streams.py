"""Streams of server-sent events of several shards as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from decaf.control import across
from decaf.control.route import Refused, Req, Route, Shards
from decaf.control.together import end_all, together
from decaf.http.rendering import Stream

_END = b"\n\n"  # of an event


async def open_all(shards: Shards, route: Route[Req, Any], requests: Sequence[Req]) -> list[Stream]:
    """Returns the streams of all shards, each for its own of the requests. Raises Refused when one refuses."""

    async def open_one(shard: int, request: Req) -> Stream | Refused:
        try:
            stream = await shards.fetch(shard, route, request)
        except Refused as error:
            return error
        assert isinstance(stream, Stream)
        return stream

    opened = await together(open_one(shard, request) for shard, request in enumerate(requests))
    try:
        return across.all_of(opened, done="")
    except Refused:
        for stream in opened:
            if isinstance(stream, Stream):
                await stream.chunks.aclose()
        raise


async def events(stream: Stream) -> AsyncGenerator[bytes, None]:
    """Yields the events of a stream, and its comments, each as a whole."""
    rest = b""
    async with aclosing(stream.chunks) as chunks:
        async for chunk in chunks:
            *whole, rest = (rest + chunk).split(_END)
            for block in whole:
                yield block + _END


async def merged(each_shard: Sequence[AsyncGenerator[bytes, None]]) -> AsyncGenerator[tuple[int, bytes], None]:
    """Yields the events of all shards as they come, each with the number of its shard, until those of one end.

    The next event of a shard is read when the one before was taken.
    """
    coming = {asyncio.ensure_future(_next(each)): shard for shard, each in enumerate(each_shard)}
    try:
        while True:
            await asyncio.wait(coming, return_when=asyncio.FIRST_COMPLETED)
            for task in [task for task in coming if task.done()]:
                shard, block = coming.pop(task), task.result()
                if block is None:
                    return
                yield shard, block
                coming[asyncio.ensure_future(_next(each_shard[shard]))] = shard
    finally:
        end_all(coming)
        if coming:
            await asyncio.wait(coming)


async def _next(events: AsyncGenerator[bytes, None]) -> bytes | None:
    return await anext(events, None)


def field(block: bytes, name: bytes) -> bytes | None:
    """Returns the value of a field of an event; None for an event without it, such as a comment."""
    start = name + b": "
    return next((line[len(start) :] for line in block.split(b"\n") if line.startswith(start)), None)
