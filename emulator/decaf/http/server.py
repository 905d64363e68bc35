"""The HTTP server: it listens, and answers requests by a handler for each prefix of paths.

Rule: the fast edge answers plain requests, and aiohttp all others. aiohttp is loaded for the first of these: that is a
quarter of the time and of the memory that a server starts with.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from decaf.base.clock import seconds
from decaf.base.file_limit import most_connections
from decaf.base.settings import BadSetting, Settings
from decaf.http.connections import Bounds, Connections
from decaf.http.edge import Edge
from decaf.http.site import Place, Site
from decaf.http.tls import server_context, trusted_file

if TYPE_CHECKING:
    from decaf.http.aiohttp_server import AiohttpServer

_log = logging.getLogger("decaf")

_GOODBYE = 0.5  # seconds for a client to end TLS in its turn, which most do not
_BACKLOG = 1024  # clients that may wait to be accepted
_ACCEPTED = 64  # at once, before any of them is counted: few, since each is an open file


class Server:
    """A listening server. `start()`, then `url`; `stop()` lets running requests finish.

    `site` answers the requests, until another is used.
    """

    def __init__(self, settings: Settings, site: Site) -> None:
        self._settings = settings
        self.site = site
        self._connections: Connections | None = None
        self._edge: Edge | None = None
        self._aiohttp: asyncio.Future[AiohttpServer] | None = None
        self._listeners: list[tuple[str, asyncio.Server]] = []  # with the scheme of their URLs

    @property
    def url(self) -> str:
        """The URL of the server; with port 0 in the settings it has the free port that was chosen."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        """The URL, and where there are two ports that of HTTPS after it."""
        return [_url(scheme, listener) for scheme, listener in self._listeners]

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self.place.ports[0]

    @property
    def place(self) -> Place:
        """Where it listens. The host is the loopback address for a server that listens on all addresses."""
        return Place(
            self.url.partition("://")[2].replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]"),
            tuple(listener.sockets[0].getsockname()[1] for _, listener in self._listeners),
            self._listeners[0][0] == "https",
            str(trusted_file(self._settings) or ""),
        )

    async def start(self) -> None:
        """Listen. Raises OSError when an address is not free, BadSetting when declared resources cannot be created, or
        the certificate cannot be used.
        """
        settings = self._settings
        context = server_context(settings)
        most = int(min(settings.max_connections, most_connections()))
        if most < settings.max_connections:
            _log.info("%d connections can be open at once: the process may not open more files", most)
        bounds = Bounds(most, settings.idle_timeout, settings.request_timeout)
        self._connections = Connections(bounds, self.site.refuse_bytes)
        if settings.edge == "fast":
            site = self.site
            self._edge = Edge(site.call, self._connections, self._others, settings.max_body, site.prefixes)
        try:
            await self._listen(self._edge or await self._others(), most, context)
        except OSError:
            self.stop_listening()
            raise
        try:
            self.site.open(self.place)
        except BadSetting:
            await self.stop()
            raise

    def stop_listening(self) -> None:
        """Accept no more connections."""
        for _, listener in self._listeners:
            listener.close()

    async def stop(self) -> None:
        """Accept no more connections, answer parked polls, let running requests and deliveries finish, and close.

        Requests and deliveries together have the time of the setting `shutdown_grace`.
        """
        assert self._connections is not None
        over = seconds() + self._settings.shutdown_grace
        self.stop_listening()
        self.site.end_waits()
        loaded = self._aiohttp is not None and self._aiohttp.done()
        stopping = await self._others() if loaded else self._connections
        await stopping.shutdown(self._settings.shutdown_grace)
        await self.site.close(over - seconds())

    def _others(self) -> asyncio.Future[AiohttpServer]:
        """Returns the server of requests that are not plain."""
        if self._aiohttp is None:
            self._aiohttp = asyncio.ensure_future(self._load_aiohttp())
        return self._aiohttp

    async def _load_aiohttp(self) -> AiohttpServer:
        assert self._connections is not None
        make_aiohttp_server = await asyncio.to_thread(_load_answers)  # others would wait for a tenth of a second
        return make_aiohttp_server(lambda: self.site, self._connections)

    async def _listen(self, protocols: Edge | AiohttpServer, most: int, context: ssl.SSLContext | None) -> None:
        settings = self._settings
        for port, secured in _ports(settings, context):
            listener = await asyncio.get_running_loop().create_server(
                protocols,
                settings.host,
                port,
                backlog=min(_ACCEPTED, max(1, most // 32)),
                **({} if secured is None else _of_tls(secured, settings)),
            )
            self._listeners.append(("http" if secured is None else "https", listener))
            for listening in listener.sockets:
                with socket.fromfd(listening.fileno(), listening.family, listening.type) as same:
                    same.listen(_BACKLOG)


def _load_answers() -> Callable[[Callable[[], Site], Connections], AiohttpServer]:
    from decaf.http.aiohttp_answers import make_aiohttp_server

    return make_aiohttp_server


def _url(scheme: str, listener: asyncio.Server) -> str:
    host, port = listener.sockets[0].getsockname()[:2]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _ports(settings: Settings, context: ssl.SSLContext | None) -> list[tuple[int, ssl.SSLContext | None]]:
    """Returns the ports to listen on, each with the context of TLS or None: HTTP, HTTPS, or both."""
    if context is None or settings.tls_port < 0:
        return [(settings.port, context)]
    return [(settings.port, None), (settings.tls_port, context)]


def _of_tls(context: ssl.SSLContext, settings: Settings) -> dict[str, Any]:
    """Returns the options of a listener with TLS."""
    return {"ssl": context, "ssl_handshake_timeout": settings.request_timeout, "ssl_shutdown_timeout": _GOODBYE}
