"""The table of features is made from the code, and the pages that have it have the present one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from decaf.base.settings import SETTINGS
from scripts.features import PAGES, put, render


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_is_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert put(text) == text


def test_every_row_says_what_there_is() -> None:
    rows = [re.split(r" ?\| ?", line.strip("| ")) for line in render().splitlines()[2:]]
    assert len(rows) >= 8
    assert all(name and text for name, text in rows)
    table = render()
    assert "all 23 of SQS, all 42 of SNS" in table
    assert all(choice in table for choice in SETTINGS["durability"].choices)


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="the page has no"):
        put("# From another emulator\n")
