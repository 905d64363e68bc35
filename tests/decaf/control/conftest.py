"""Fixtures for tests of the bench."""

from __future__ import annotations

import pytest

from tests.decaf.control.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
