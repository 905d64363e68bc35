"""Decaf's own calls, under `/_decaf`: what AWS has no call for. Public functions of the world only.

Rule: they are loaded with the first of them, so that a server that only AWS clients talk to starts without them.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from decaf.http.rendering import Stream
from decaf_protocol import Reply, Request

if TYPE_CHECKING:
    from decaf.world import World

PREFIX = "/_decaf"
FILE_PATH = "/snapshots/file"
FILES = PREFIX + FILE_PATH  # where bodies may be longer than elsewhere


def handle(
    world: World, request: Request, peer: str | None = "127.0.0.1"
) -> Reply | Stream | Awaitable[Reply | Stream]:
    """Answer a request whose path starts with PREFIX, and which came from the address `peer`."""
    from decaf.control import routes

    return routes.handle(world, request, peer)


def too_large(limit: int) -> Reply:
    """What a request is answered with whose body is longer than `limit` bytes."""
    from decaf.control import routes

    return routes.too_large(limit)
