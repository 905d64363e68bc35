"""Fixtures for tests of deliveries without a server."""

from __future__ import annotations

import pytest

from tests.emulator.sns.cloud import Cloud


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()
