"""An SQS client of the last generation that spoke Query: a program for the Python of .venv-legacy.

Rule: it imports nothing but its own SDK. It reads one call a line and writes a line of what came of it, JSON:

    {"operation": ..., "params": {...}, "reply": {"status": 200, "headers": [[name, value]], "body": ...}}
    {"request": {"method": ..., "url": ..., "headers": {...}, "body": ...}, "read": {...}}

`request` is what the client put on the wire, `read` what it made of the reply played back to it: the result,
the response of its ClientError, or {"Unreadable": why}. Bytes are {"$base64": "..."} wherever they stand.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session


class Played:
    """A response body as the SDK takes it from its HTTP library."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self) -> Iterator[bytes]:
        yield self.body


class Wire:
    """Stands where the network was: keeps the request sent and answers with the reply set beforehand."""

    request: Any = None
    reply: Any = None

    def carry(self, request: Any, **_: Any) -> Any:
        self.request = request
        headers = HeadersDict(self.reply["headers"])
        return AWSResponse(request.url, self.reply["status"], headers, Played(self.reply["body"]))


def tagged(value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    raise TypeError(repr(value))


def untagged(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$base64"]) if "$base64" in value else value


def sent(request: Any) -> dict[str, Any]:
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    body = request.body.encode() if isinstance(request.body, str) else request.body
    return {"method": request.method, "url": request.url, "headers": headers, "body": body}


def main() -> None:
    session = Session()
    session.set_credentials("123456789012", "secret")
    client = session.create_client(
        "sqs",
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:4566",
        config=Config(retries={"max_attempts": 0}),
    )
    wire = Wire()
    client.meta.events.register("before-send.sqs", wire.carry)
    for line in sys.stdin:
        call = json.loads(line, object_hook=untagged)
        wire.reply = call["reply"]
        try:
            read = client._make_api_call(call["operation"], call["params"])
        except ClientError as error:
            read = error.response
        except Exception as error:  # a reply it cannot read fails that call's test, not all of them
            read = {"Unreadable": repr(error)}
        print(json.dumps({"request": sent(wire.request), "read": read}, default=tagged))


if __name__ == "__main__":
    main()
