"""Pages that show the structure of the code show it as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.diagrams import DIAGRAMS, DOCS, drawn
from scripts.hot_path import lines_of, walks
from tests.test_layers import ROOMS


@pytest.mark.parametrize("page", DIAGRAMS, ids=lambda page: page.name)
def test_a_diagram_is_drawn_from_its_table(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("```mermaid") == 1
    assert text == drawn(page), "python -m scripts.diagrams"


def test_the_page_on_the_house_has_a_paragraph_for_each_room() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    described = re.findall(r"^\*\*`([\w.]+)`\*\*: ", page, re.MULTILINE)
    assert described == [name.removeprefix("decaf.") for name in ROOMS]


def test_the_tour_states_how_many_lines_the_hot_path_has() -> None:
    page = (DOCS / "tour.md").read_text(encoding="utf-8")
    sentence = r"about (\d+) different lines, in (\d+) files that have ([\d,]+) lines .* (\d+) files of ([\d,]+) lines"
    (stated,) = re.findall(sentence, " ".join(page.split()))
    played = walks()
    send = played[0]
    together = {file for walk in played for file in walk.ran}
    counted = [send.lines, len(send.ran), lines_of(send.ran), len(together), lines_of(together)]
    assert [int(number.replace(",", "")) for number in stated] == pytest.approx(counted, rel=0.1)
