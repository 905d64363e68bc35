"""The connections of deliveries over HTTP have no limits of their own, and keep nothing from one to the next."""

from __future__ import annotations

import asyncio

import aiohttp

from decaf.delivery.own_address import OwnAddress
from decaf.delivery.transports.client import HttpClient


def test_neither_their_number_nor_their_time_is_limited_and_cookies_are_not_kept() -> None:
    async def play() -> None:
        client = HttpClient(OwnAddress(""), 1.0)
        _, session = client._open()
        assert isinstance(session.connector, aiohttp.TCPConnector)
        assert (session.connector.limit, session.connector.limit_per_host) == (0, 0)
        assert session.connector._keepalive_timeout == 1.0
        assert session.timeout == aiohttp.ClientTimeout()
        assert isinstance(session.cookie_jar, aiohttp.DummyCookieJar)
        await client.close()

    asyncio.run(play())
