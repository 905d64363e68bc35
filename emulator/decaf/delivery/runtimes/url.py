"""Functions at a URL: a runtime interface emulator, sam local start-lambda, serverless-offline, or anything like them.

Rule: the path of an invocation is added to a URL that has none. What runs the function reports in a header that it
failed; the runtime interface emulator does not, and is known to report by what it returns.

Source: the runtime interface emulator of AWS; AWS Lambda API Reference, Invoke.
"""

from __future__ import annotations

import re
import ssl
from base64 import b64encode
from collections.abc import Collection

import aiohttp
import msgspec

from decaf.delivery.own_address import OwnAddress
from decaf.delivery.runtimes.environments import Asked
from decaf.delivery.runtimes.error_document import is_error
from decaf.delivery.runtimes.ran import MOST_PAYLOAD
from decaf.delivery.transports.client import Forbidden, HttpClient
from decaf.delivery.transports.failures import reason_of
from decaf.delivery.transports.trust import tls_context
from decaf.functions.invocation import Obstacle

INVOCATIONS = "/2015-03-31/functions/function/invocations"  # of the runtime interface emulator
_OF_A_FUNCTION = re.compile(r"/2015-03-31/functions/[^/?]+$")  # a path that only lacks the end
_IDLE = 15.0  # seconds that an idle connection is kept open
_TOO_MANY_REQUESTS = 429
_SHOWN = 1_024  # characters of a response that a reason has
# The emulator's own text and no JSON, as a handler's result would be; the status is 200, and no header reports it.
_TIMED_OUT = re.compile(r"Task timed out after \d+\.\d\d seconds\s?")


class Response(msgspec.Struct, frozen=True):
    """What came back: the result, or the error where the function `failed` or was `late`.

    With an `obstacle` the function was not invoked, for a `reason`; `status` is the HTTP status, if there was one.
    """

    payload: bytes = b""
    failed: bool = False
    late: bool = False
    obstacle: Obstacle | None = None
    reason: str | None = None
    status: int | None = None


class _Sent(msgspec.Struct, frozen=True):
    """An event on its way."""

    message_id: str
    at: float
    trace_header: str | None


class FunctionUrls:
    """Invokes functions by URL. Connections are made when first needed, and kept for a while."""

    def __init__(self, own_address: OwnAddress, hosts: Collection[str]) -> None:
        self._client = HttpClient(own_address, _IDLE, hosts)
        self._tls: ssl.SSLContext | None = None

    async def invoke(self, url: str, asked: Asked, payload: bytes, now: float) -> Response:
        """Post an event to the function at `url`."""
        target = invocations_of(url)
        if self._tls is None and url.startswith("https:"):
            self._tls = tls_context("system")
        headers = {} if asked.trace_header is None else {"X-Amzn-Trace-Id": asked.trace_header}
        if asked.client_context is not None:
            headers["X-Amz-Client-Context"] = b64encode(asked.client_context.encode()).decode()
        sent = _Sent(asked.request_id, now, asked.trace_header)
        try:
            async with await self._client.post(target, sent, payload, headers, self._tls) as response:
                body = await _read(response)
                if 200 <= response.status < 300:
                    late = _TIMED_OUT.fullmatch(body[:_SHOWN].decode("utf-8", "replace")) is not None
                    failed = late or "X-Amz-Function-Error" in response.headers or is_error(body)
                    return Response(body, failed, late, status=response.status)
                return _refused(body, response.status)
        except Forbidden as refused:
            return Response(obstacle="refused", reason=refused.outcome.reason)
        except (aiohttp.ClientError, OSError) as error:
            return Response(obstacle="unreachable", reason=reason_of(error, url.rstrip("/")))

    async def close(self) -> None:
        await self._client.close()


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Returns the body; of one that is too long as much as shows that."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > MOST_PAYLOAD:
            response.close()
            break
    return bytes(body)


def invocations_of(url: str) -> str:
    """Returns the URL to post events to, for the URL by which a function was registered."""
    url = url.rstrip("/")
    if url.endswith("/invocations"):
        return url
    return url + ("/invocations" if _OF_A_FUNCTION.search(url) else INVOCATIONS)


def _refused(body: bytes, status: int) -> Response:
    obstacle: Obstacle = "refused"
    if status == _TOO_MANY_REQUESTS:
        obstacle = "throttled"
    elif status >= 500:
        obstacle = "unreachable"
    text = body.decode("utf-8", "replace")[:_SHOWN]
    return Response(body, obstacle=obstacle, reason=f"the invocation was refused: {text}", status=status)
