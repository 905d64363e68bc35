"""One endpoint of another emulator: its path, its request and its handler.

Rule: scripts read responses with grep. JSON has a space after its colons and commas, as that of the originals.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from decaf.api.places import Place
from decaf.compat.localstack import LocalStack
from decaf.world import World
from decaf_protocol import Reply, Request


class CompatRequest(msgspec.Struct, frozen=True):
    """A request to an endpoint. `rest` is the part of the path after that of the route, percent-decoded."""

    http: Request
    rest: str
    localstack: LocalStack

    @property
    def query(self) -> dict[str, str]:
        """Returns the parameters in the URL."""
        return dict(parse_qsl(self.http.target.partition("?")[2], keep_blank_values=True))


def _any_place(_: CompatRequest) -> Place:
    return None, None


class Route(msgspec.Struct, frozen=True):
    """One endpoint. A path that ends with a slash is the start of longer paths.

    Where there are several shards a request is for that of its `place`, without a region in the server's own, or for
    them all `everywhere`; any answers one without an account.
    """

    method: str
    path: str
    handler: Callable[[World, CompatRequest], Reply]
    place: Callable[[CompatRequest], Place] = _any_place
    everywhere: bool = False


def json_reply(value: Any, status: int = 200) -> Reply:
    """Returns a response with `value` as JSON."""
    return Reply(status, (("Content-Type", "application/json"),), json.dumps(value).encode())


def no_content() -> Reply:
    """Returns the response to a deletion."""
    return Reply(204, (), b"")
