"""One call of the control API: its path, the types of its request and response, and its handler.

Rule: a call is written once. The server, the OpenAPI document, `decaf.testing.Control` and docs/control-api.md take
its HTTP method, path and types from its Route. Requests are checked against their type, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec

from decaf_protocol import Request

if TYPE_CHECKING:
    from decaf.http.rendering import Stream
    from decaf.world import World
    from decaf_protocol import Reply

JSON = "application/json"
EVENT_STREAM = "text/event-stream"
FILE = "file"  # the field that has the body of a PUT


class Refused(Exception):
    """The server refused a call of the control API; the text says why, `status` is the HTTP status."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class ControlRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of all requests. Fields come from the JSON object in the body; those of a GET from the query, and those
    of a PUT, whose body is a file, too.
    """


class ControlResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all responses and of the objects in them; each is written as a JSON object."""


class EmptyRequest(ControlRequest, frozen=True):
    """A request without fields."""


class EmptyResponse(ControlResponse, frozen=True):
    """A response without fields: the call succeeded."""


Req = TypeVar("Req", bound=ControlRequest)
Resp = TypeVar("Resp", bound=msgspec.Struct)


class Route(msgspec.Struct, Generic[Req, Resp], frozen=True):
    """One call. `handler` takes the world and a `request`, and returns a `response`, or an awaitable of one.

    Where `media` is not JSON the handler returns a Reply or a Stream, which is sent as it is. Of a stream of events,
    `response` is the type of each event.

    `example` has the fields of a request. `command` makes the same call with the `decaf` command, `python` with a
    `decaf.testing.Control` named `control`.
    """

    method: str
    path: str  # below /_decaf
    summary: str
    handler: Callable[[World, Req], Resp | Reply | Stream | Awaitable[Resp | Reply | Stream]]
    request: type[Req]
    response: type[Resp]
    command: str
    python: str
    example: Mapping[str, Any] = msgspec.field(default_factory=dict)
    media: str = JSON

    def parse(self, request: Request) -> Req:
        """Returns the fields of an HTTP request. Raises Refused when they do not fit the request type."""
        try:
            if self.method in ("GET", "PUT"):
                query: dict[str, Any] = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
                if self.media == EVENT_STREAM and (last := request.headers.get("last-event-id")):
                    query["since"] = last  # a browser that reconnects goes on where it was
                if self.method != "PUT":
                    return msgspec.convert(query, self.request, strict=False)
                asked = msgspec.convert(query | {FILE: b""}, self.request, strict=False)
                return msgspec.structs.replace(asked, **{FILE: request.body})  # convert would copy the file
            return msgspec.json.decode(request.body or b"{}", type=self.request)
        except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
            raise Refused(str(error)) from None
