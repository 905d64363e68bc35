"""The database server of nodes that are processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres.server import Postgres, running


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server whose commits are on the disk, as a crash of it has to leave them there."""
    with running(durable=True) as server:
        yield server
