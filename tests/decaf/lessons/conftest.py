"""A server and a learner for the lessons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from decaf.lessons.catalog import find
from decaf.testing import Decaf
from tests.decaf.lessons.aws_cli import aws_cli
from tests.decaf.lessons.playing import Learner
from tests.decaf.lessons.shop import Shop


@pytest.fixture(scope="session")
def lesson_server() -> Iterator[Decaf]:
    """A server for lessons alone: their plays move its clock."""
    with Decaf() as decaf:
        yield decaf


@pytest.fixture(scope="session")
def aws() -> Iterator[Path]:
    """The folder of the command `aws`."""
    with aws_cli() as folder:
        yield folder


@pytest.fixture
def learner(lesson_server: Decaf, tmp_path: Path, aws: Path, monkeypatch: pytest.MonkeyPatch) -> Learner:
    """A learner, with a folder for one lesson."""
    return Learner(lesson_server, tmp_path, aws, monkeypatch)


@pytest.fixture
def open_shop(lesson_server: Decaf, account: str) -> Iterator[Callable[[int], Shop]]:
    """Opens the shop of the lesson with a number, in an account of its own; the test moves the clock."""
    lesson_server.control.freeze()
    yield lambda number: Shop(lesson_server, find(number), account)
    lesson_server.control.thaw()
