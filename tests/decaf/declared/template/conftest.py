"""Fixtures for tests of templates."""

from __future__ import annotations

import pytest

from tests.decaf.declared.declaring import Declaring


@pytest.fixture
def cloud() -> Declaring:
    return Declaring()
