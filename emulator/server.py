"""The HTTP server: aiohttp's requests in, the world's replies out. Nothing else happens here.

Rule: aiohttp's low-level server, with no router, no middleware and no access log on the way of an AWS call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

from emulator import control, elsewhere
from emulator.deliveries.signing import CERTIFICATES
from emulator.edge import Edge, is_possible
from emulator.faults.calls import Dropped
from emulator.http_reply import Stream, render
from emulator.settings import BadSetting
from emulator.world import World
from protocol import AWSError, Reply, Request, dialect, encode_error

_http_log = logging.getLogger("decaf.http")  # aiohttp's words, mostly on what clients send that is not HTTP

_MAX_LINE = 256 * 1024  # bytes of a request line or header: forms can come in the URL
_KEEP_ALIVE = 75.0  # seconds that an idle connection stays open


class Server:
    """A listening server for a world. `start()`, then `url`; `stop()` lets running calls finish."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._web: web.Server | None = None
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where the server listens; port 0 of the settings is the free port that was taken."""
        assert self._listener is not None
        host, port = self._listener.sockets[0].getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def start(self) -> None:
        """Listen. Raises OSError when the address cannot be had, BadSetting when what is declared cannot be."""
        settings = self._world.settings
        loop = asyncio.get_running_loop()
        options: dict[str, Any] = {
            "request_factory": self._make_request,
            "access_log": None,
            "logger": _http_log,
            "keepalive_timeout": _KEEP_ALIVE,
            "max_line_size": _MAX_LINE,
            "max_field_size": _MAX_LINE,
        }
        if settings.edge == "fast" and is_possible():
            self._web = Edge(self._world.handle, self._answer, settings.max_body, **options)
        else:
            self._web = web.Server(self._answer, handler_cancellation=True, **options)
        self._listener = await loop.create_server(self._web, settings.host, settings.port, backlog=1024)
        try:
            self._world.open(self._host())
        except BadSetting:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take no more connections, answer parked polls, let running calls finish, and close."""
        assert self._listener is not None
        assert self._web is not None
        self._listener.close()
        self._web.pre_shutdown()
        self._world.stop_waiting()
        await self._web.shutdown(self._world.settings.shutdown_grace)
        await self._world.close()

    def _host(self) -> str:
        """Where we reach ourselves: a server that listens at every address is at the loopback one, too."""
        return self.url.partition("://")[2].replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")

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
        try:
            body = await http.read()
        except web.HTTPRequestEntityTooLarge:
            return _respond(http, self._too_large(http))
        request = Request(http.method, http.raw_path, http.headers, body)
        try:
            answer = self._handler(http)(request)
            if not isinstance(answer, Reply | Stream):
                answer = await answer
            return await _stream(http, answer) if isinstance(answer, Stream) else _respond(http, answer)
        except Dropped:
            return _NoAnswer()

    def _handler(self, http: web.BaseRequest) -> Callable[[Request], Reply | Stream | Awaitable[Reply | Stream]]:
        if http.raw_path.startswith(control.PREFIX):
            return lambda request: control.handle(self._world, request, http.remote)
        if http.raw_path.startswith(elsewhere.PREFIXES):
            return lambda request: elsewhere.handle(self._world, request, http.remote)
        if http.raw_path.startswith(CERTIFICATES):
            return self._certificate
        return self._world.handle

    def _certificate(self, request: Request) -> Reply:
        """The certificate that signatures of SNS are checked with."""
        if request.target != self._world.signer.certificate_path:
            return Reply(404, (("Content-Type", "text/plain"),), b"There is no such certificate.\n")
        pem = self._world.signer.certificate_pem.encode()
        return Reply(200, (("Content-Type", "application/x-pem-file"),), pem)

    def _max_body(self, target: str) -> int:
        settings = self._world.settings
        return settings.max_snapshot_file if target.startswith(control.FILES) else settings.max_body

    def _too_large(self, http: web.BaseRequest) -> Reply:
        limit = self._max_body(http.raw_path)
        if http.raw_path.startswith(control.PREFIX):
            return control.too_large(limit)
        request = Request(http.method, http.raw_path, http.headers, b"")
        error = AWSError("RequestEntityTooLarge", f"The request body is longer than {limit} bytes.")
        return encode_error(dialect(request), error, self._world.request_id())


def _respond(http: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    if http.version == HttpVersion11 and http.method != "HEAD" and http.keep_alive and reply.status != 204:
        return _Written(reply)
    return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body)


async def _stream(http: web.BaseRequest, stream: Stream) -> web.StreamResponse:
    response = web.StreamResponse(headers=dict(stream.headers))
    async with aclosing(stream.chunks) as chunks:
        await response.prepare(http)
        async for chunk in chunks:
            await response.write(chunk)
    return response


class _NoAnswer(web.StreamResponse):
    """Nothing at all: aiohttp takes the client for gone, and closes the connection."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        raise ConnectionResetError("the answer is dropped")


class _Written(web.StreamResponse):
    """A reply that goes to the socket as one buffer, past aiohttp's header objects: half the cost of a request."""

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
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """All is written."""
