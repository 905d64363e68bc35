"""Fixtures for servers whose disk fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durable.disk import FaultyDisk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FaultyDisk]:
    """A disk that fails when told to."""
    made = FaultyDisk(tmp_path)
    yield made
    made.close()
