"""The HTTP server: it listens, and answers requests by a handler for each prefix of paths.

Rule: aiohttp's low-level server, with no router, no middleware and no access log on the way of an AWS call.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Mapping
from contextlib import aclosing
from typing import Any, cast

import msgspec
from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from decaf.base.clock import seconds
from decaf.base.file_limit import most_connections
from decaf.base.settings import BadSetting, Settings
from decaf.faults.calls import Dropped
from decaf.http.connections import Bounds, Connection, Connections, LastResponse, origin_of
from decaf.http.edge import Edge
from decaf.http.rendering import SERVER, Stream, render
from decaf.http.site import Place, Site
from decaf.http.tls import server_context, trusted_file
from decaf_protocol import AWSError, Reply, Request, dumps

_log = logging.getLogger("decaf")
_http_log = logging.getLogger("decaf.http")  # aiohttp's log, mostly on bytes that are not HTTP

_GOODBYE = 0.5  # seconds for a client to end TLS in its turn, which most do not
_BACKLOG = 1024  # clients that may wait to be accepted
_ACCEPTED = 64  # at once, before any of them is counted: few, since each is an open file
_VERSIONS = "The versions of HTTP here are 1.0 and 1.1."
_MAX_LINE = 256 * 1024  # bytes of a request line or header: a Query request can be in the URL


class Server:
    """A listening server. `start()`, then `url`; `stop()` lets running requests finish.

    `site` answers the requests, until another is used.
    """

    def __init__(self, settings: Settings, site: Site) -> None:
        self._settings = settings
        self.site = site
        self._connections: Connections | None = None
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
        self._connections = self._make_connections(most)
        try:
            await self._listen(self._connections, most, context)
        except OSError:
            self.stop_listening()
            raise
        try:
            self.site.open(self.place)
        except BadSetting:
            await self.stop()
            raise

    def use(self, site: Site) -> None:
        """Let another site answer from now on. Requests that are being answered are not affected."""
        self.site = site
        if self._connections is not None:
            self._connections.refusal = site.refuse_bytes
        if isinstance(self._connections, Edge):
            self._connections.answer, self._connections.prefixes = site.call, site.prefixes

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
        await self._connections.shutdown(self._settings.shutdown_grace)
        await self.site.close(over - seconds())

    def _make_connections(self, most: int) -> Connections:
        settings, site = self._settings, self.site
        bounds = Bounds(most, settings.idle_timeout, settings.request_timeout)
        options: dict[str, Any] = {
            "request_factory": self._make_request,
            "access_log": None,
            "logger": _http_log,
            "max_line_size": _MAX_LINE,
            "max_field_size": _MAX_LINE,
        }
        refuse = site.refuse_bytes
        if settings.edge != "fast":
            return Connections(self._answer, bounds, refuse, **options)
        return Edge(site.call, self._answer, bounds, refuse, settings.max_body, site.prefixes, **options)

    async def _listen(self, connections: Connections, most: int, context: ssl.SSLContext | None) -> None:
        settings = self._settings
        for port, secured in _ports(settings, context):
            listener = await asyncio.get_running_loop().create_server(
                connections,
                settings.host,
                port,
                backlog=min(_ACCEPTED, max(1, most // 32)),
                **({} if secured is None else _of_tls(secured, settings)),
            )
            self._listeners.append(("http" if secured is None else "https", listener))
            for listening in listener.sockets:
                with socket.fromfd(listening.fileno(), listening.family, listening.type) as same:
                    same.listen(_BACKLOG)

    def _make_request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        return web.BaseRequest(
            message,
            payload,
            protocol,
            writer,
            task,
            asyncio.get_running_loop(),
            client_max_size=self._max_body(message.path),
        )

    async def _answer(self, http: web.BaseRequest) -> web.StreamResponse:
        connection = http.protocol
        assert isinstance(connection, Connection)
        try:
            if http.version not in (HttpVersion10, HttpVersion11):
                return self._refused_version(http)
            body = await self._body(http)
            connection.answering()
            return await self._respond(http, _request(http, body))
        except web.HTTPRequestEntityTooLarge:
            return _response(http, self._too_large(http))
        except web.RequestPayloadError as error:
            return self._unreadable(http, error)
        except Dropped:
            return _NoAnswer()
        finally:
            connection.answered()

    async def _body(self, http: web.BaseRequest) -> bytes:
        """Returns the body. Raises HTTPRequestEntityTooLarge, or RequestPayloadError when its framing is broken."""
        if http.headers.get("Expect", "").lower() == "100-continue" and http.version == HttpVersion11:
            limit = self._max_body(http.raw_path)
            if (http.content_length or 0) > limit:
                raise web.HTTPRequestEntityTooLarge(limit, http.content_length or 0)
            assert http.transport is not None
            http.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            return await (self._file(http) if http.method == "PUT" else http.read())
        except RuntimeError as error:
            if http.transport is None:  # closed by us: it took too long
                raise ConnectionResetError from error
            raise

    async def _file(self, http: web.BaseRequest) -> bytes:
        """Returns a body that may be long, as it was read: a copy of it would keep all others waiting."""
        limit = self._max_body(http.raw_path)
        body = bytearray()
        async for chunk in http.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise web.HTTPRequestEntityTooLarge(limit, len(body))
        return cast("bytes", body)

    async def _respond(self, http: web.BaseRequest, request: Request) -> web.StreamResponse:
        try:
            answer = self.site.answer(request)
            if not isinstance(answer, Reply | Stream):
                answer = await _waited_for(http, answer)
        except Dropped:
            raise
        except Exception:
            answer = internal_error(http.method, http.raw_path)
        return await _stream(http, answer) if isinstance(answer, Stream) else _response(http, answer)

    def _max_body(self, target: str) -> int:
        return self.site.handler(target).max_body(target)

    def _too_large(self, http: web.BaseRequest) -> Reply:
        return self.site.handler(http.raw_path).too_large(_request(http), self._max_body(http.raw_path))

    def _refused_version(self, http: web.BaseRequest) -> web.StreamResponse:
        request = Request(http.method, http.raw_path, _headers(http), b"")
        reply = self.site.refuse(request, AWSError("MalformedHttpRequestException", _VERSIONS))
        return LastResponse(msgspec.structs.replace(reply, status=505))

    def _unreadable(self, http: web.BaseRequest, error: Exception) -> web.StreamResponse:
        """Returns the last response of a connection: the start of a next request cannot be found."""
        text = f"The body cannot be read: {' '.join(str(error).split())}"
        return LastResponse(self.site.refuse(_request(http), AWSError("MalformedHttpRequestException", text)))


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


def _request(http: web.BaseRequest, body: bytes = b"") -> Request:
    return Request(http.method, http.raw_path, _headers(http), body, origin_of(http.transport))


def _headers(http: web.BaseRequest) -> Mapping[str, str]:
    """Returns the headers of a request. Bytes in them that are no UTF-8 are replaced: no text here has such."""
    if all(value.isascii() for _, value in http.raw_headers):
        return http.headers
    return CIMultiDict((name.decode(), value.decode(errors="replace")) for name, value in http.raw_headers)


async def _waited_for(http: web.BaseRequest, answer: Awaitable[Reply | Stream]) -> Reply | Stream:
    connection = http.protocol
    assert isinstance(connection, Connection)
    connection.waiting(asyncio.current_task())
    try:
        return await answer
    finally:
        connection.waiting(None)


def internal_error(method: str, target: str) -> Reply:
    """Log the exception that is being handled, which no handler should have raised, and return the response."""
    what = f"internal error in {method} {target.partition('?')[0]}"
    _log.exception("%s", what)
    return Reply(500, (("Content-Type", "application/json"),), dumps({"error": f"{what}; the server's log has more"}))


def _response(http: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    if http.version == HttpVersion11 and http.method != "HEAD" and reply.status != 204:
        return _Written(reply) if http.keep_alive else LastResponse(reply)
    return web.Response(status=reply.status, headers={"Server": SERVER, **dict(reply.headers)}, body=reply.body)


async def _stream(http: web.BaseRequest, stream: Stream) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Server": SERVER, **dict(stream.headers)})
    async with aclosing(stream.chunks) as chunks:
        await response.prepare(http)
        try:
            async for chunk in chunks:
                await response.write(chunk)
        except (ConnectionError, Dropped):
            raise
        except Exception:
            internal_error(http.method, http.raw_path)
            if http.transport is not None:
                http.transport.close()  # without the last chunk: so the client knows that the rest is missing
    return response


class _NoAnswer(web.StreamResponse):
    """No response: aiohttp treats the client as disconnected, and closes the connection."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        raise ConnectionResetError("the response is dropped")


class _Written(web.StreamResponse):
    """A reply that is written to the socket as one buffer, without aiohttp's header objects: half the cost."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(status=reply.status)
        self._reply = reply

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if request.transport is None:
            raise ConnectionResetError("the client has gone")
        request.transport.write(render(self._reply))
        await request.writer.drain()  # a client that does not read gets no more responses
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""
