"""The connections of deliveries over HTTP have no limits of their own, and keep nothing from one to the next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp
import pytest

from decaf.delivery.own_address import OwnAddress
from decaf.delivery.transports.client import Forbidden, HttpClient


@dataclass(frozen=True)
class Letter:
    message_id: str = "id"
    at: float = 0.0
    trace_header: str | None = None


def test_neither_their_number_nor_their_time_is_limited_and_cookies_are_not_kept() -> None:
    async def play() -> None:
        client = HttpClient(OwnAddress(""), 1.0, ())
        _, session = client._open()
        assert isinstance(session.connector, aiohttp.TCPConnector)
        assert (session.connector.limit, session.connector.limit_per_host) == (0, 0)
        assert session.connector._keepalive_timeout == 1.0
        assert session.timeout == aiohttp.ClientTimeout()
        assert isinstance(session.cookie_jar, aiohttp.DummyCookieJar)
        await client.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    "url", ["http://10.0.0.8:2375/", "http://localhost/", "http://[::1]/", "http://10.0.0.7.example/", "http:///x"]
)
def test_with_hosts_nothing_goes_to_another_whatever_it_resolves_to(url: str) -> None:
    async def play() -> None:
        client = HttpClient(OwnAddress(""), 1.0, ("10.0.0.7",))
        with pytest.raises(Forbidden, match="delivery_host"):
            await client.post(url, Letter(), b"", {}, None)
        await client.close()

    asyncio.run(play())


def test_with_hosts_a_request_goes_to_one_of_them() -> None:
    async def play() -> None:
        client = HttpClient(OwnAddress(""), 1.0, ("127.0.0.1",))
        with pytest.raises(aiohttp.ClientConnectorError):  # it was tried: nobody listens on this port
            async with await client.post("http://127.0.0.1:9/", Letter(), b"", {}, None):
                pass
        await client.close()

    asyncio.run(play())
