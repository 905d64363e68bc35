"""docs/compatibility.md says what the code says."""

from __future__ import annotations

from decaf_protocol import operations
from scripts.compatibility import PAGE, PARTLY, render


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run python -m scripts.compatibility"


def test_every_operation_of_each_service_has_a_line() -> None:
    lines = render().splitlines()
    for name in (*operations("sqs"), *operations("sns"), *operations("sts"), *operations("lambda")):
        assert any(line.startswith(f"| {name} | ") for line in lines), name


def test_every_note_is_used() -> None:
    page = render()
    for (_, name), note in PARTLY.items():
        assert f"| {name} | partly: {note} |" in page
