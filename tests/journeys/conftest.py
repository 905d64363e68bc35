"""Fixtures for journeys: the client that speaks Query."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.query_client import OldPython, QueryClient
from tests.live import Live


@pytest.fixture(scope="session")
def old_python() -> Iterator[OldPython]:
    python = OldPython()
    yield python
    python.close()


@pytest.fixture
def query(old_python: OldPython, live: Live, account: str) -> QueryClient:
    """An SQS client that speaks Query, in the test's own account."""
    return QueryClient(old_python, live.url, account)
