"""Fixtures for servers whose disk fails, or whose wall clock is set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durable.disk import FaultyDisk
from tests.durable.wall_clock import WallClock


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FaultyDisk]:
    """A disk that fails when told to."""
    made = FaultyDisk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def wall_clock(tmp_path: Path) -> Iterator[WallClock]:
    """A wall clock that the test sets."""
    made = WallClock(tmp_path)
    yield made
    made.close()
