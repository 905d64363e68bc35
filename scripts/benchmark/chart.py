"""A picture of the rates: one group of bars per row that several servers played, drawn as SVG by hand."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from html import escape

from .samples import Sample
from .servers import DECAF, FLOORS

WIDTH = 820
_LABELS = 150  # pixels for the servers' names
_FIGURES = 90  # pixels for the rates
_BAR, _GAP, _TITLE = 16, 14, 24
_OURS, _OTHERS = "#6f4e37", "#c9b8a8"


def chart(costs: Mapping[tuple[str, str], Sequence[Sample]]) -> str:
    """The SVG: median calls per second, each group on its own scale."""
    groups: dict[str, dict[str, float]] = {}
    for (title, server), samples in costs.items():
        if server not in FLOORS:
            groups.setdefault(title, {})[server] = statistics.median(sample.rate for sample in samples)
    shapes: list[str] = []
    y = 0
    for title, rates in groups.items():
        if len(rates) > 1:
            shapes += _group(title, rates, y)
            y += _TITLE + len(rates) * (_BAR + 2) + _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" '
        'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n'
        + "".join(shapes)
        + "</svg>\n"
    )


def _group(title: str, rates: Mapping[str, float], top: int) -> list[str]:
    most = max(rates.values())
    shapes = [f'<text x="4" y="{top + 17}" font-weight="bold">{escape(title)}, per second</text>\n']
    for place, (server, rate) in enumerate(rates.items()):
        y = top + _TITLE + place * (_BAR + 2)
        length = (WIDTH - _LABELS - _FIGURES) * rate / most
        shapes.append(
            f'<text x="{_LABELS - 6}" y="{y + 12}" text-anchor="end">{escape(server)}</text>'
            f'<rect x="{_LABELS}" y="{y}" width="{length:.1f}" height="{_BAR}" '
            f'fill="{_OURS if server == DECAF else _OTHERS}"/>'
            f'<text x="{_LABELS + length + 5:.1f}" y="{y + 12}">{rate:,.0f}</text>\n'
        )
    return shapes
