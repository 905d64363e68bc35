"""docs/performance.md: the summary and the picture have the figures of the long table."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from scripts.benchmark.page import summarized
from scripts.benchmark.peers import PEERS
from scripts.benchmark.rows import FULL, all_rows
from scripts.benchmark.servers import DECAF
from scripts.benchmark.summary import SHOWN

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "performance.md").read_text(encoding="utf-8")
PICTURE = (DOCS / "performance.svg").read_text(encoding="utf-8")


def test_page_and_picture_are_made_from_the_tables() -> None:
    assert summarized(PAGE, "performance.svg") == (PAGE, PICTURE), (
        "python -m scripts.benchmark.page docs/performance.md"
    )


def test_every_figure_of_the_picture_is_in_the_long_table() -> None:
    texts = [element.text or "" for element in ET.fromstring(PICTURE).iter("{http://www.w3.org/2000/svg}text")]
    title, drawn = "", 0
    for label, figure in zip(texts[1:], [*texts[2:], ""], strict=True):
        title = label if label in SHOWN else title
        if label in (DECAF, *PEERS):
            assert re.search(rf"^\| {re.escape(title)} \| {label} \| {figure} \(", PAGE, re.MULTILINE)
            drawn += 1
    assert drawn >= 2 * len(SHOWN)


def test_every_row_of_the_summary_is_one_of_the_benchmark() -> None:
    titles = {row.title for together in all_rows(FULL) for row in together}
    assert titles.issuperset(SHOWN)
