"""A server and a learner for the lessons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from decaf.testing import Decaf
from tests.decaf.lessons.playing import Learner


@pytest.fixture(scope="session")
def lesson_server() -> Iterator[Decaf]:
    """A server for lessons alone: their plays move its clock."""
    with Decaf() as decaf:
        yield decaf


@pytest.fixture
def learner(lesson_server: Decaf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learner:
    """A learner, with a folder for one lesson."""
    return Learner(lesson_server, tmp_path, monkeypatch)
