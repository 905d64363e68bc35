"""One of these calls: what it is asked by, and how it is answered.

Rule: answers are read by programs and by grep. JSON has a space after its colons and commas, as the originals have.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from decaf.world import World
from decaf_protocol import Reply, Request


@dataclass(frozen=True, slots=True)
class CompatRequest:
    """What a request asks. `rest` is what follows the path of its route, percent-decoded."""

    request: Request
    rest: str

    @property
    def query(self) -> dict[str, str]:
        """The parameters in the URL."""
        return dict(parse_qsl(self.request.target.partition("?")[2], keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Route:
    """One call. A path that ends with a slash has more after it; any other is whole."""

    method: str
    path: str
    run: Callable[[World, CompatRequest], Reply]


def answer(value: Any, status: int = 200) -> Reply:
    """`value` as JSON."""
    return Reply(status, (("Content-Type", "application/json"),), json.dumps(value).encode())


def done() -> Reply:
    """Something was forgotten: there is nothing to say."""
    return Reply(204, (), b"")
