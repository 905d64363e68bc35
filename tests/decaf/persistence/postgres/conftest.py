"""Databases for tests of the keeper in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres.proxy import Proxy
from tests.postgres.server import Postgres


@pytest.fixture
def database(postgres: Postgres) -> str:
    """The URL of a new, empty database."""
    return postgres.make_database()


@pytest.fixture
def proxy(database: str) -> Iterator[Proxy]:
    """A way to the database on which connections can be cut."""
    made = Proxy(database)
    yield made
    made.close()
