"""Cross-origin resource sharing: what a browser must read before a page of a named origin gets an answer.

Rule: AWS calls only, and named origins only. Every answer has the headers, errors too: a page could not read them
otherwise.

Source: Fetch Standard, "CORS protocol"; the headers that SQS and SNS send to browsers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

import msgspec

from decaf.base.settings import BadSetting
from decaf_protocol import Reply, Request

_EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-amzn-query-error,Date"
_METHODS = "GET,HEAD,PUT,POST"
_MAX_AGE = "172800"  # seconds, as AWS

Answer = Callable[[Request], Reply | Awaitable[Reply]]


def named_origins(origins: Iterable[str]) -> frozenset[str]:
    """Returns web origins as browsers write them. Raises BadSetting for a text that is none."""
    return frozenset(map(_origin, origins))


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text.strip().lower())
        named = parts.hostname and (parts.port or True)
    except ValueError:
        named = None
    if not named or not parts.scheme or parts.path not in ("", "/") or parts.query or parts.fragment or "@" in text:
        raise BadSetting(f"cors_origin: {text!r} is not a web origin, such as http://localhost:3000")
    return f"{parts.scheme}://{parts.netloc}"


def answer(request: Request, origin: str, handle: Answer) -> Reply | Awaitable[Reply]:
    """Returns the reply to a request from a page of `origin`: to its preflight here, else by `handle`."""
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        return _share(Reply(200, _preflight(request), b""), origin)
    reply = handle(request)
    return _share(reply, origin) if isinstance(reply, Reply) else _share_later(reply, origin)


async def _share_later(reply: Awaitable[Reply], origin: str) -> Reply:
    return _share(await reply, origin)


def _share(reply: Reply, origin: str) -> Reply:
    shared = (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", _EXPOSED),
        ("Vary", "Origin"),
    )
    return msgspec.structs.replace(reply, headers=(*reply.headers, *shared))


def _preflight(request: Request) -> tuple[tuple[str, str], ...]:
    allowed = [("Access-Control-Allow-Methods", _METHODS), ("Access-Control-Max-Age", _MAX_AGE)]
    wanted = request.headers.get("access-control-request-headers", "")
    if wanted.isprintable() and wanted.isascii() and wanted:
        allowed.append(("Access-Control-Allow-Headers", wanted))
    if "access-control-request-private-network" in request.headers:  # a public page, and a server on this machine
        allowed.append(("Access-Control-Allow-Private-Network", "true"))
    return tuple(allowed)
