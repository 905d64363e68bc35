"""Fixtures for tests of declared resources."""

from __future__ import annotations

import pytest

from tests.decaf.declared.declaring import Declaring


@pytest.fixture
def cloud() -> Declaring:
    return Declaring()
