"""Statistics of calls: the number of each operation, the time it took, and the errors that were returned.

Rule: every call pays for this, so a call costs one look-up and one search in a short tuple.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from decaf_protocol import Call

BOUNDS = (25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 0.1, 0.5, 1.0, 5.0, 20.0)  # seconds


@dataclass(slots=True)
class Timings:
    """The calls of one operation: the number that took up to each of BOUNDS, or longer, and the seconds of all."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0


class CallStatistics:
    """`calls` by service and operation, `errors` by service, operation and code; an operation may be unknown."""

    __slots__ = ("calls", "errors")

    def __init__(self) -> None:
        self.calls: dict[tuple[str, str], Timings] = {}
        self.errors: dict[tuple[str, str, str], int] = {}

    def add(self, call: Call, seconds: float) -> None:
        """Count a successful call that took so many seconds, the waiting of a long poll included."""
        key = (call.dialect.service, call.operation)
        timings = self.calls.get(key)
        if timings is None:
            timings = self.calls[key] = Timings()
        timings.counts[bisect_left(BOUNDS, seconds)] += 1
        timings.seconds += seconds

    def add_error(self, service: str, operation: str, code: str) -> None:
        """Count a call that was refused with an error."""
        key = (service, operation, code)
        self.errors[key] = self.errors.get(key, 0) + 1
