"""boto3's own requests as bytes, ready to be sent, with its headers, its signature and its encoding.

Rule: a request is recorded once from a real client, and then only its body changes; no measured server checks the
signature.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

ACCOUNT = "000000000000"
BODY = ("The coffee is ready. " * 49)[:1024]  # 1 KiB
JSON_BODY = json.dumps([{"id": f"{number:04}", "drink": "latte", "price": 3.8} for number in range(21)])  # as long
BODY_MD5 = hashlib.md5(BODY.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request line and headers without Content-Length and the blank line, and the body."""

    head: bytes
    body: bytes

    def parts(self, body: bytes | None = None) -> tuple[bytes, bytes]:
        """Return head and body as they are sent; with another body when one is given."""
        body = self.body if body is None else body
        return self.head + b"Content-Length: %d\r\n\r\n" % len(body), body


def client(service: str, url: str) -> Any:
    """A boto3 client with one connection that neither retries nor waits long."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=60, connect_timeout=5, max_pool_connections=1),
    )


def recorded(boto: Any, method: str, **params: Any) -> Recorded:
    """Return the request of `boto.method(**params)`, without sending it."""
    caught: list[Any] = []

    def catch(request: Any, **_: Any) -> None:
        caught.append(request)
        raise _CaughtError

    service = boto.meta.service_model.service_id.hyphenize()
    event = f"before-send.{service}"
    boto.meta.events.register(event, catch)
    try:
        getattr(boto, method)(**params)
    except _CaughtError:
        pass
    finally:
        boto.meta.events.unregister(event, catch)
    return _plain(caught[0])


def json_body(**members: Any) -> bytes:
    """A JSON 1.0 request body as botocore writes it."""
    return json.dumps(members).encode()


class _CaughtError(Exception):
    """Ends a call of boto3 before it is sent."""


def _plain(request: Any) -> Recorded:
    target = urlsplit(request.url)
    lines = [f"{request.method} {target.path or '/'} HTTP/1.1", f"Host: {target.netloc}"]
    for name, value in request.headers.items():
        if name.lower() not in ("content-length", "host"):
            lines.append(f"{name}: {value.decode() if isinstance(value, bytes) else value}")
    if not any(line.lower().startswith("accept-encoding:") for line in lines):
        lines.insert(2, "Accept-Encoding: identity")  # http.client adds it when it sends
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    return Recorded("".join(f"{line}\r\n" for line in lines).encode(), body)
