"""A PostgreSQL, and two nodes over it that share out the accounts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.decaf.node.nodes import Nodes, sharing
from tests.postgres.server import running


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[Nodes]:
    with running() as server, sharing(server.make_database()) as nodes:
        yield nodes


@pytest.fixture
def nodes(two_nodes: Nodes) -> Iterator[Nodes]:
    """The nodes, with nothing in them."""
    yield two_nodes
    two_nodes.control.thaw()
    two_nodes.control.reset()
    for snapshot in two_nodes.control.snapshots():
        two_nodes.control.remove_snapshot(snapshot.name or "")
