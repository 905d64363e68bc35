"""The progress of a learner is what was kept of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from decaf.learn.progress import FILE, BadProgress, Progress, read, write


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    kept = Progress(current=3, language="cli", passed=[1, 2], solutions=[2], hints={1: 3, 3: 1})
    write(tmp_path / "new", kept)
    assert read(tmp_path / "new") == kept


def test_without_a_file_the_course_begins(tmp_path: Path) -> None:
    assert read(tmp_path) == Progress()


@pytest.mark.parametrize("text", ["", "format = 1", "not toml", "format = 1\ncurrent = 'x'", "format = 1\npassed = 3"])
def test_a_file_that_cannot_be_read_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(BadProgress, match=FILE):
        read(tmp_path)
