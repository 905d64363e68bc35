"""Fixtures for tests of the bench."""

from __future__ import annotations

import pytest

from tests.emulator.control.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
