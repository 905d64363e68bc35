"""Requests that botocore has prepared, answered by a server: within the process where it is here, else over HTTP.

Rule: a caller cannot tell the two apart. What a connection would have raised is raised here, and a response has the
headers that `decaf.http.rendering` writes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from decaf.base.clock import http_date, in_real_time
from decaf.faults.calls import Dropped
from decaf.http.rendering import SERVER
from decaf.testing.decaf import Decaf
from decaf.testing.thread import Stopped
from decaf_protocol import Reply, Request

_READ_TIMEOUT = 60.0  # seconds; botocore's default


def respond(decaf: Decaf, prepared: Any, endpoint: Any) -> Any:
    """Returns the AWSResponse to a prepared request. Raises what botocore's own HTTP raises."""
    timeout = _read_timeout(prepared, endpoint)
    if not decaf.is_here:
        return _forward(decaf.url, prepared, timeout)
    reply = _answer(decaf, prepared)
    if isinstance(reply, Future):
        reply = _wait(decaf, prepared, reply, timeout)
    return AWSResponse(prepared.url, reply.status, _headers(reply), _Body(reply.body))


async def respond_async(decaf: Decaf, prepared: Any, endpoint: Any) -> Any:
    """Returns the response to a prepared request of aiobotocore. Raises what its own HTTP raises."""
    from aiobotocore.awsrequest import AioAWSResponse

    timeout = _read_timeout(prepared, endpoint)
    if not decaf.is_here:
        forwarded = await asyncio.to_thread(_forward, decaf.url, prepared, timeout)
        status, headers, body = forwarded.status_code, dict(forwarded.headers), forwarded.content
        return AioAWSResponse(prepared.url, status, headers, _AsyncBody(headers, body))
    reply = _answer(decaf, prepared)
    if isinstance(reply, Future):
        reply = await _wait_async(decaf, prepared, reply, timeout)
    headers = _headers(reply)
    return AioAWSResponse(prepared.url, reply.status, headers, _AsyncBody(headers, reply.body))


def _wait(decaf: Decaf, prepared: Any, reply: Future[Reply], timeout: float | None) -> Reply:
    try:
        return reply.result(timeout)
    except NotInTime as error:
        raise ReadTimeoutError(endpoint_url=prepared.url, error=error) from None
    except Dropped as error:
        raise _closed(prepared, error) from None
    finally:
        decaf.hang_up(reply)


async def _wait_async(decaf: Decaf, prepared: Any, reply: Future[Reply], timeout: float | None) -> Reply:
    waiting = asyncio.wrap_future(reply)
    try:
        if await in_real_time({waiting}, timeout):
            raise ReadTimeoutError(endpoint_url=prepared.url, error="no response in time")
        return waiting.result()
    except Dropped as error:
        raise _closed(prepared, error) from None
    finally:
        decaf.hang_up(reply)


def _answer(decaf: Decaf, prepared: Any) -> Reply | Future[Reply]:
    try:
        return decaf.answer(_request(prepared, decaf.host))
    except Dropped as error:
        raise _closed(prepared, error) from None
    except Stopped as error:
        raise EndpointConnectionError(endpoint_url=prepared.url, error=error) from None


def _closed(prepared: Any, error: Exception) -> Exception:
    closed: Exception = ConnectionClosedError(error=error, request=prepared, endpoint_url=prepared.url)
    return closed


def _request(prepared: Any, host: str) -> Request:
    headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    headers["host"] = host
    return Request(prepared.method, _target(prepared.url), headers, _body(prepared.body))


def _target(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _text(value: Any) -> str:
    """Returns the value of a header as it comes over a socket: what is not UTF-8 is replaced."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value).encode(errors="replace").decode()


def _body(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else bytes(body if isinstance(body, bytearray) else body.read())


def _headers(reply: Reply) -> dict[str, str]:
    return {
        "Server": SERVER,
        "Date": http_date(),
        **dict(reply.headers),
        "Content-Length": str(len(reply.body)),
    }


class _Body:
    """The body of a response, as urllib3 has it."""

    __slots__ = ("_body",)

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body

    def read(self, *_: Any, **__: Any) -> bytes:
        return self._body


class _AsyncBody:
    """The body of a response, as aiohttp has it; and the headers, which older versions of aiobotocore read there."""

    __slots__ = ("_body", "raw_headers")

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        self._body = body
        self.raw_headers = tuple((name.encode(), value.encode()) for name, value in headers.items())

    async def read(self) -> bytes:
        return self._body


def _read_timeout(prepared: Any, endpoint: Any) -> float | None:
    """Returns the seconds that the client waits for a response: of the request, of the client, or botocore's own."""
    override = (getattr(prepared, "context", None) or {}).get("read_timeout")
    if override is not None:
        return float(override)
    timeout = getattr(endpoint.http_session, "_timeout", _READ_TIMEOUT)
    for name in ("read_timeout", "sock_read"):  # of urllib3's Timeout, of aiohttp's
        timeout = getattr(timeout, name, timeout)
    return float(timeout) if isinstance(timeout, int | float) else None


def _forward(url: str, prepared: Any, timeout: float | None) -> Any:
    """Send a request to the server at `url` instead, whatever proxies the environment names."""
    there = url + _target(prepared.url)
    body, stream = prepared.body, prepared.stream_output
    sent = AWSPreparedRequest(prepared.method, there, prepared.headers, body, stream)
    response = _session(timeout, os.getpid()).send(sent)
    response.url = prepared.url
    return response


@lru_cache(maxsize=8)
def _session(timeout: float | None, _: int) -> Any:
    """Returns the connections of a process: those of its parent are not its own."""
    return URLLib3Session(timeout=(_READ_TIMEOUT, timeout))
