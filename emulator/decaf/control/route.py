"""One call of the control API: its path, the types of its request and response, and its handler.

Rule: a call is written once. The server, the OpenAPI document, `decaf.testing.Control` and docs/control-api.md take
its HTTP method, path and types from its Route. Requests are checked against their type, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec

from decaf.control.naming import place_of
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


class Shards(Protocol):
    """The shards that all state is in, where there are several, each with a world of its own at one of the nodes.

    `here` is the number of one that can be asked best. `ends_wait` is whether the client sends no more: what the call
    waits for ends then.
    """

    ends_wait: bool

    @property
    def count(self) -> int: ...

    @property
    def here(self) -> int: ...

    async def of(self, account: str, region: str | None) -> int:
        """Returns the number of the shard of an account in a region, which gets one if it has none; None is the
        server's own region. Raises Refused with status 503 when none can be had now."""

    async def fetch(self, shard: int, route: Route[Req, Any], request: Req) -> Reply | Stream:
        """Returns what a shard answers. Raises Refused when it refuses, with status 503 when no node has it."""


class Across(msgspec.Struct, frozen=True):
    """What becomes of a call where there are several shards. `ask` makes one response of those of the shards.

    A call that names an account and a region is for their shard alone, unless it is for them all `everywhere`.
    """

    ask: Callable[[Shards, Route[Any, Any], Any], Awaitable[Any]]
    everywhere: bool = False


async def _one_place(shards: Shards, route: Route[Any, Any], request: Any) -> Any:
    account, region = place_of(request)
    if account is None:
        raise Refused(
            f"there are {shards.count} shards here, and this call is for one of them: name an account, or a queue, "
            "topic or function by its ARN",
            409,
        )
    return await shards.fetch(await shards.of(account, region), route, request)


ONE_PLACE = Across(_one_place)  # without a region, it is the server's own


class Route(msgspec.Struct, Generic[Req, Resp], frozen=True):
    """One call. `handler` takes the world and a `request`, and returns a `response`, or an awaitable of one.

    Where `media` is not JSON the handler returns a Reply or a Stream, which is sent as it is. Of a stream of events,
    `response` is the type of each event.

    `example` has the fields of a request. `command` makes the same call with the `decaf` command, `python` with a
    `decaf.testing.Control` named `control`. `across` is what becomes of it where there are several shards.
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
    across: Across = ONE_PLACE

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

    def write(self, request: Req) -> tuple[str, bytes | None]:
        """Returns the query of a request, with its question mark, and its body, None for one without."""
        fields = {name: value for name, value in msgspec.structs.asdict(request).items() if value is not None}
        file = fields.pop(FILE, b"") if self.method == "PUT" else None
        query = f"?{urlencode(fields)}" if fields and self.method in ("GET", "PUT") else ""
        return query, {"GET": None, "PUT": file}.get(self.method, msgspec.json.encode(fields))
