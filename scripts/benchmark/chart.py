"""A picture of rates: one group of bars per row of the summary, each on its own scale, drawn as SVG by hand."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from .servers import DECAF

WIDTH = 820
_LABELS = 150  # pixels for the servers' names
_FIGURES = 90  # pixels for the rates
_BAR, _GAP, _TITLE = 16, 14, 24
_OURS, _OTHERS = "#6f4e37", "#c9b8a8"


def chart(rates: Mapping[str, Mapping[str, int]], day: str) -> str:
    """The SVG of calls per second, by row and server, measured on `day`."""
    shapes = [f'<text x="4" y="17">Per second, more is better. Measured on {escape(day)}.</text>\n']
    y = _TITLE + _GAP
    for title, servers in rates.items():
        shapes += _group(title, servers, y)
        y += _TITLE + len(servers) * (_BAR + 2) + _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" '
        'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n'
        + "".join(shapes)
        + "</svg>\n"
    )


def _group(title: str, rates: Mapping[str, int], top: int) -> list[str]:
    most = max(rates.values())
    shapes = [f'<text x="4" y="{top + 17}" font-weight="bold">{escape(title)}</text>\n']
    for place, (server, rate) in enumerate(rates.items()):
        y = top + _TITLE + place * (_BAR + 2)
        length = (WIDTH - _LABELS - _FIGURES) * rate / most
        shapes.append(
            f'<text x="{_LABELS - 6}" y="{y + 12}" text-anchor="end">{escape(server)}</text>'
            f'<rect x="{_LABELS}" y="{y}" width="{length:.1f}" height="{_BAR}" '
            f'fill="{_OURS if server == DECAF else _OTHERS}"/>'
            f'<text x="{_LABELS + length + 5:.1f}" y="{y + 12}">{rate:,}</text>\n'
        )
    return shapes
