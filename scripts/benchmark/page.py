"""The page of results: the figures stand between marks, and the text around them is written by hand.

`python -m scripts.benchmark.page PAGE` makes summary and picture again from the long tables of a page, with no new run.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from .chart import chart
from .report import Report
from .summary import day, rates, summary

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SUMMARY_BEGIN, SUMMARY_END = "<!-- summary: begin -->", "<!-- summary: end -->"


def write(page: Path, heading: str, report: Report) -> None:
    """Write the results into `page`, their summary, and the picture beside it.

    Raises ValueError for a page without the marks.
    """
    text = page.read_text(encoding="utf-8")
    _between(text, SUMMARY_BEGIN, SUMMARY_END)
    page.write_text(_replaced(text, BEGIN, END, f"{heading}\n\n{report.text()}"), encoding="utf-8")
    summarize(page)


def summarize(page: Path) -> None:
    """Write summary and picture from the results that `page` has. Raises ValueError for a page without the marks."""
    text = page.read_text(encoding="utf-8")
    short, picture = summarized(text, page.with_suffix(".svg").name)
    page.write_text(short, encoding="utf-8")
    page.with_suffix(".svg").write_text(picture, encoding="utf-8")


def summarized(text: str, picture: str) -> tuple[str, str]:
    """Return the page with the summary that its results have, and the SVG; `picture` is the name of its file."""
    results = _between(text, BEGIN, END)
    image = f"![Calls per second of Decaf and of other emulators]({picture})"
    short = f"{image}\n\nMeasured on {day(results)}:\n\n{summary(results)}"
    return _replaced(text, SUMMARY_BEGIN, SUMMARY_END, short), chart(rates(results), day(results))


def _between(text: str, begin: str, end: str) -> str:
    found = re.search(f"{re.escape(begin)}\n(.*?){re.escape(end)}", text, re.DOTALL)
    if not found:
        raise ValueError(f"the page has no place for results: {begin} and {end}")
    return found[1]


def _replaced(text: str, begin: str, end: str, content: str) -> str:
    return text.replace(f"{begin}\n{_between(text, begin, end)}{end}", f"{begin}\n{content}\n{end}")


if __name__ == "__main__":
    summarize(Path(sys.argv[1]))
