"""What a server answers with can be exchanged while it listens."""

from __future__ import annotations

import asyncio
import http.client
from typing import Literal
from urllib.parse import urlsplit

import pytest

from decaf.app import make_site
from decaf.base.settings import Settings
from decaf.http.server import Server
from decaf.http.site import Site
from decaf.world import World
from decaf_protocol import Reply, Request

PATHS = ("/", "/_decaf/health", "/000000000001/orders")


def _answers(text: str, site: Site) -> Site:
    def answer(request: Request) -> Reply:
        return Reply(200, (), f"{text} {request.target}".encode())

    return site.answering(answer)


@pytest.mark.parametrize("edge", ["fast", "plain"])
def test_another_site_answers_on_a_connection_that_is_open(edge: Literal["fast", "plain"]) -> None:
    async def play() -> list[bytes]:
        settings = Settings(port=0, edge=edge)
        site = make_site(World(settings))
        server = Server(settings, _answers("first", site))
        await server.start()
        client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)

        def ask() -> list[bytes]:
            found = []
            for path in PATHS:
                client.request("POST", path, b"{}")
                found.append(client.getresponse().read())
            return found

        try:
            answers = await asyncio.to_thread(ask)
            server.use(_answers("second", site))
            return answers + await asyncio.to_thread(ask)
        finally:
            client.close()
            await server.stop()

    assert asyncio.run(play()) == [f"{which} {path}".encode() for which in ("first", "second") for path in PATHS]
