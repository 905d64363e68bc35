"""An HTTP client of the control API: sends the request of a Route, returns its response, raises what went wrong.

Rule: only the standard library's HTTP, and the routes of the server itself for paths and types.
"""

from __future__ import annotations

import http.client
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from decaf.control import PREFIX
from decaf.control.route import ControlRequest, Refused, Req, Resp, Route

CHUNK = 1 << 20  # bytes
TOKEN = "DECAF_CONTROL_TOKEN"  # the variable with the token that servers on other machines ask for

S = TypeVar("S", bound=msgspec.Struct)


class NoServer(Exception):
    """No server answers at the address, or one that has no control API."""


class _Error(msgspec.Struct):
    error: str


def call(url: str, route: Route[Req, Resp], request: Req, timeout: float | None = None) -> Resp:
    """Returns the response of the server at `url`. Raises Refused when it refuses, NoServer when there is none, or none
    that responds within `timeout` seconds.
    """
    with _open(url, route, request, timeout) as response:
        return _decode(url, response.read(), route.response)


def download(url: str, route: Route[Req, Any], request: Req) -> bytes:
    """Returns the body of a response that is not JSON. Raises as `call` does."""
    with _open(url, route, request) as response:
        return response.read()


def chunks(url: str, route: Route[Req, Any], request: Req) -> Iterator[bytes]:
    """Yields the body of a response that is not JSON. Raises as `call` does, also when the response is cut off."""
    with _open(url, route, request) as response:
        while chunk := response.read(CHUNK):
            yield chunk


def follow(url: str, route: Route[Req, Resp], request: Req) -> Generator[Resp, None, None]:
    """Yields the events of a stream until the server stops. Raises as `call` does, and Refused when some were lost."""
    with _open(url, route, request) as response:
        kind = b""
        for line in response:
            name, _, value = line.rstrip(b"\r\n").partition(b": ")
            if name == b"event":
                kind = value
            elif name == b"data" and kind == b"Lost":
                raise Refused("some events were forgotten before they could be sent: the client reads too slowly")
            elif name == b"data":
                yield _decode(url, value, route.response)


@contextmanager
def _open(
    url: str, route: Route[Any, Any], request: ControlRequest, timeout: float | None = None
) -> Iterator[http.client.HTTPResponse]:
    query, body = route.write(request)
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=timeout)
    try:
        connection.request(route.method, PREFIX + route.path + query, body, _authorization())
        response = connection.getresponse()
        if response.status != 200:
            raise Refused(_decode(url, response.read(), _Error).error, response.status)
        yield response
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or error
        raise NoServer(f"no server answers at {url}: {reason}") from error
    finally:
        connection.close()


def _authorization() -> dict[str, str]:
    token = os.environ.get(TOKEN)
    return {"Authorization": f"Bearer {token}"} if token else {}


def _decode(url: str, body: bytes, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError:
        raise NoServer(f"the server at {url} is not Decaf") from None
