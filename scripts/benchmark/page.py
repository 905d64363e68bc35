"""The page of results: the figures stand between two marks, and the text around them is written by hand."""

from __future__ import annotations

from pathlib import Path

from .chart import chart
from .report import Report

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write(page: Path, heading: str, report: Report) -> None:
    """Write the results into `page`, and their chart beside it. Raises ValueError for a page without the two marks."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for results: {BEGIN} and {END}")
    picture = page.with_suffix(".svg")
    picture.write_text(chart(report.costs), encoding="utf-8")
    image = f"![Calls per second of each server]({picture.name})"
    page.write_text(f"{before}{BEGIN}\n{heading}\n\n{image}\n\n{report.text()}\n{END}{after}", encoding="utf-8")
