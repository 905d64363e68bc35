"""Measurements and their form in tables: medians with their range, and medians of ratios."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one row on one server."""

    requests: int
    wall: float  # seconds
    cpu: float  # seconds of the server's CPU time

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.wall

    @property
    def cost(self) -> float:
        """Microseconds of the server's CPU per request."""
        return self.cpu / self.requests * 1e6


def spread(values: list[float], digits: int = 0) -> str:
    """`median (lowest-highest)`; of a single value, the value."""
    if len(values) == 1:
        return f"{values[0]:,.{digits}f}"
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}-{high:,.{digits}f})"


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Return the median of the ratios of the rounds: within a round, both had the same machine."""
    return f"{statistics.median(our / their for our, their in zip(ours, theirs, strict=False)):.2f}"


def table(columns: list[str], rows: list[list[str]], words: int = 2) -> str:
    """A Markdown table, of which the first `words` columns are words and the rest numbers. Without rows it is empty."""
    if not rows:
        return ""
    rule = ["---"] * words + ["---:"] * (len(columns) - words)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows))
