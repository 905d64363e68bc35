"""Answers the requests that aiohttp has read, by the site that a server has at that moment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, cast

import msgspec
from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from decaf.faults.calls import Dropped
from decaf.http.aiohttp_server import AiohttpConnection, AiohttpServer, LastResponse
from decaf.http.connections import Connections, origin_of
from decaf.http.rendering import SERVER, Stream, render
from decaf.http.site import Site, internal_error
from decaf_protocol import AWSError, Reply, Request

_log = logging.getLogger("decaf.http")  # aiohttp's log, mostly on bytes that are not HTTP

_VERSIONS = "The versions of HTTP here are 1.0 and 1.1."
_MAX_LINE = 256 * 1024  # bytes of a request line or header: a Query request can be in the URL


def make_aiohttp_server(site: Callable[[], Site], connections: Connections) -> AiohttpServer:
    """Returns a server whose requests are answered by what `site()` returns then."""
    answers = _Answers(site)
    return AiohttpServer(
        answers.answer,
        connections,
        request_factory=answers.make_request,
        access_log=None,
        logger=_log,
        max_line_size=_MAX_LINE,
        max_field_size=_MAX_LINE,
    )


class _Answers:
    """Answers requests by the site that `site()` returns."""

    def __init__(self, site: Callable[[], Site]) -> None:
        self._site = site

    def make_request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        return web.BaseRequest(
            message,
            payload,
            protocol,
            writer,
            task,
            asyncio.get_running_loop(),
            client_max_size=self._max_body(message.path),
        )

    async def answer(self, http: web.BaseRequest) -> web.StreamResponse:
        connection = http.protocol
        assert isinstance(connection, AiohttpConnection)
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
            answer = self._site().answer(request)
            if not isinstance(answer, Reply | Stream):
                answer = await _waited_for(http, answer)
        except Dropped:
            raise
        except Exception:
            answer = internal_error(http.method, http.raw_path)
        return await _stream(http, answer) if isinstance(answer, Stream) else _response(http, answer)

    def _max_body(self, target: str) -> int:
        return self._site().handler(target).max_body(target)

    def _too_large(self, http: web.BaseRequest) -> Reply:
        return self._site().handler(http.raw_path).too_large(_request(http), self._max_body(http.raw_path))

    def _refused_version(self, http: web.BaseRequest) -> web.StreamResponse:
        request = Request(http.method, http.raw_path, _headers(http), b"")
        reply = self._site().refuse(request, AWSError("MalformedHttpRequestException", _VERSIONS))
        return LastResponse(msgspec.structs.replace(reply, status=505))

    def _unreadable(self, http: web.BaseRequest, error: Exception) -> web.StreamResponse:
        """Returns the last response of a connection: the start of a next request cannot be found."""
        text = f"The body cannot be read: {' '.join(str(error).split())}"
        return LastResponse(self._site().refuse(_request(http), AWSError("MalformedHttpRequestException", text)))


def _request(http: web.BaseRequest, body: bytes = b"") -> Request:
    return Request(http.method, http.raw_path, _headers(http), body, origin_of(http.transport))


def _headers(http: web.BaseRequest) -> Mapping[str, str]:
    """Returns the headers of a request. Bytes in them that are no UTF-8 are replaced: no text here has such."""
    if all(value.isascii() for _, value in http.raw_headers):
        return http.headers
    return CIMultiDict((name.decode(), value.decode(errors="replace")) for name, value in http.raw_headers)


async def _waited_for(http: web.BaseRequest, answer: Awaitable[Reply | Stream]) -> Reply | Stream:
    connection = http.protocol
    assert isinstance(connection, AiohttpConnection)
    connection.waiting(asyncio.current_task())
    try:
        return await answer
    finally:
        connection.waiting(None)


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
