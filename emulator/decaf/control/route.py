"""One call of Decaf's own: what it takes, what it gives, and what it does. The OpenAPI document is made of these.

Rule: what a call takes and gives are types; a request that does not fit is refused with what is wrong with it, and
nothing else reads or checks input.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from decaf_protocol import Request

if TYPE_CHECKING:
    from decaf.world import World

JSON = "application/json"
FILE = "file"  # the field that gets the body of a PUT


class Refused(Exception):
    """A call cannot be done as asked; the text says why, `status` is HTTP's."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class Takes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What calls take: each is a subclass. Fields come from the body's JSON object; of a GET, and of a PUT, whose body
    is a file, from the query.
    """


class Gives(msgspec.Struct, frozen=True, kw_only=True):
    """What calls give: each is a subclass, written as a JSON object."""


class Nothing(Takes, frozen=True):
    """A call that takes nothing."""


class Done(Gives, frozen=True):
    """A call that gives nothing but that it is done."""


@dataclass(frozen=True, slots=True)
class Route:
    """One call. `run` is given the world and a `takes`, and gives a `gives`, or an awaitable of one.

    A call whose `media` is not JSON gives a Reply or a Stream instead, as it is.
    """

    method: str
    path: str  # below /_decaf
    summary: str
    run: Callable[[World, Any], Any | Awaitable[Any]]
    takes: type[Takes] = Nothing
    gives: type[Gives] = Done
    media: str = JSON
    example: Mapping[str, Any] = field(default_factory=dict)  # of what it takes, for the documents

    def read(self, request: Request) -> Takes:
        """What `request` asks for. Raises Refused when that does not fit."""
        try:
            if self.method in ("GET", "PUT"):
                query: dict[str, Any] = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
                if self.method == "PUT":
                    query[FILE] = request.body
                return msgspec.convert(query, self.takes, strict=False)
            return msgspec.json.decode(request.body or b"{}", type=self.takes)
        except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
            raise Refused(str(error)) from None
