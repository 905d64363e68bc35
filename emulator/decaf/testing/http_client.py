"""One of Decaf's own calls over HTTP: what is asked, what is answered, and what goes wrong.

Rule: only the standard library's HTTP, and the types of the server's own routes for what goes in and comes out.
"""

from __future__ import annotations

import http.client
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from decaf.control import PREFIX
from decaf.control.route import FILE, Gives, Nothing, Refused, Takes

T = TypeVar("T", bound=Gives)
S = TypeVar("S", bound=msgspec.Struct)


class NoServer(Exception):
    """Nobody answers at the address, or nobody who knows Decaf's calls."""


class _Refusal(msgspec.Struct):
    error: str


def ask(url: str, method: str, path: str, takes: Takes, gives: type[T]) -> T:
    """The answer of the server at `url`. Raises Refused when it refuses, NoServer when there is none."""
    with _answer(url, method, path, takes) as response:
        return _decode(url, response.read(), gives)


def fetch(url: str, path: str, takes: Takes) -> bytes:
    """What the server at `url` gives as it is. Raises as `ask` does."""
    with _answer(url, "GET", path, takes) as response:
        return response.read()


def chunks(url: str, path: str) -> Iterator[bytes]:
    """What the server at `url` gives as it is, piece by piece. Raises as `ask` does, also when it ends too early."""
    with _answer(url, "GET", path, Nothing()) as response:
        while chunk := response.read(1 << 20):
            yield chunk


def text(url: str, path: str) -> str:
    """The answer of the server at `url` to a call that gives text. Raises as `ask` does."""
    with _answer(url, "GET", path, Nothing()) as response:
        return response.read().decode()


def follow(url: str, path: str, takes: Takes, gives: type[S]) -> Generator[S, None, None]:
    """What the server at `url` tells, as it tells it, until it ends. Raises as `ask` does."""
    with _answer(url, "GET", path, takes) as response:
        kind = b""
        for line in response:
            name, _, value = line.rstrip(b"\r\n").partition(b": ")
            if name == b"event":
                kind = value
            elif name == b"data" and kind == b"Lost":
                raise Refused("some of what happened was forgotten before it could be told")
            elif name == b"data":
                yield _decode(url, value, gives)


@contextmanager
def _answer(url: str, method: str, path: str, takes: Takes) -> Iterator[http.client.HTTPResponse]:
    given = {name: value for name, value in msgspec.structs.asdict(takes).items() if value is not None}
    file = given.pop(FILE, b"") if method == "PUT" else None
    query = f"?{urlencode(given)}" if given and method in ("GET", "PUT") else ""
    body = {"GET": None, "PUT": file}.get(method, msgspec.json.encode(given))
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    try:
        connection.request(method, PREFIX + path + query, body)
        response = connection.getresponse()
        if response.status != 200:
            raise Refused(_decode(url, response.read(), _Refusal).error, response.status)
        yield response
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or error
        raise NoServer(f"no server answers at {url}: {reason}") from error
    finally:
        connection.close()


def _decode(url: str, body: bytes, into: type[S]) -> S:
    try:
        return msgspec.json.decode(body, type=into)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise NoServer(f"what answers at {url} is not Decaf") from None
