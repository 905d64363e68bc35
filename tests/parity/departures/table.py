"""One departure: a place in a scenario's trace where moto's server does not answer as AWS does.

Rule: AWS's answer is written down with its source, so a test can ask three things: does Decaf give it, does
moto still not, and is everything outside these places the same. Texts are compared only where a source words
them.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..trace import Trace


class _AnyText:
    """Equal to every text: for errors whose code is known and whose wording is not."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "<any text>"


ANY_TEXT: Final[Any] = _AnyText()
ABSENT: Final[Any] = object()  # AWS leaves this member out


@dataclass(frozen=True, slots=True)
class Departure:
    """`aws` is what AWS gives at `path`: keys and list indexes from the step on, joined by `/`."""

    path: str
    aws: Any
    source: str

    def found(self, trace: Trace) -> Any:
        """What `trace` has at the path, ABSENT when nothing."""
        holder, key = _holder(trace, self.path)
        if isinstance(holder, list):
            return holder[int(key)]
        return holder.get(key, ABSENT)

    def put_right(self, trace: Trace) -> Trace:
        """A copy of `trace` with AWS's answer at the path."""
        right = copy.deepcopy(trace)
        holder, key = _holder(right, self.path)
        if self.aws is ABSENT:
            holder.pop(key, None)
        else:
            holder[int(key) if isinstance(holder, list) else key] = self.aws
        return right


def departs(source: str, places: Mapping[str, Any]) -> tuple[Departure, ...]:
    """Departures at several places with one source: path -> what AWS gives."""
    return tuple(Departure(path, aws, source) for path, aws in places.items())


def _holder(trace: Trace, path: str) -> tuple[Any, str]:
    *way, key = path.split("/")
    holder: Any = trace
    for part in way:
        holder = holder[int(part)] if isinstance(holder, list) else holder[part]
    return holder, key
