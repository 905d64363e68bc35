"""A site can answer all requests in another way, with the paths and limits of one that is there."""

from __future__ import annotations

import asyncio
import http.client
from typing import Literal
from urllib.parse import urlsplit

import pytest

from decaf.app import make_site
from decaf.base.settings import Settings
from decaf.http.server import Server
from decaf.world import World
from decaf_protocol import Reply, Request

PATHS = ("/", "/_decaf/health", "/000000000001/orders")


def _answer(request: Request) -> Reply:
    return Reply(200, (), f"answered {request.target}".encode())


@pytest.mark.parametrize("edge", ["fast", "plain"])
def test_one_function_answers_for_all_paths(edge: Literal["fast", "plain"]) -> None:
    async def play() -> list[bytes]:
        settings = Settings(port=0, edge=edge)
        server = Server(settings, make_site(World(settings)).answering(_answer))
        await server.start()
        client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)

        def ask() -> list[bytes]:
            found = []
            for path in PATHS:
                client.request("POST", path, b"{}")
                found.append(client.getresponse().read())
            return found

        try:
            return await asyncio.to_thread(ask)
        finally:
            client.close()
            await server.stop()

    assert asyncio.run(play()) == [f"answered {path}".encode() for path in PATHS]
