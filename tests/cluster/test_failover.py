"""The database fails over to a standby that follows it: what becomes of the state, and of what a node remembers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.processes import Node, NodeSet, node_set, until
from tests.postgres.server import Postgres, Standby, running


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A database server of the test's own: it fails for good."""
    with running() as server:
        yield server


@contextmanager
def _with_standby(postgres: Postgres, directory: Path) -> Iterator[tuple[Standby, NodeSet]]:
    """A standby, and one node that finds whichever server takes changes."""
    name = postgres.make_database().rpartition("/")[2]
    standby = postgres.make_standby()
    servers = ",".join(f"127.0.0.1:{port}" for port in (postgres.port, standby.port))
    try:
        with node_set(f"postgresql://decaf@{servers}/{name}", directory) as nodes:
            yield standby, nodes
    finally:
        standby.end()


def _send(node: Node, queue: str, *bodies: str) -> None:
    for body in bodies:
        node.client().send_message(QueueUrl=queue, MessageBody=body)


def _count(node: Node, queue: str) -> str:
    sqs: Any = node.client(attempts=5)
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return str(found["Attributes"]["ApproximateNumberOfMessages"])


def test_after_a_failover_to_a_synchronous_standby_all_that_was_acknowledged_is_there(
    postgres: Postgres, tmp_path: Path
) -> None:
    with _with_standby(postgres, tmp_path) as (standby, nodes):
        postgres.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        postgres.execute("SELECT pg_reload_conf()")
        node = nodes.start()
        until(lambda: node.health()["state"] == "active")
        queue = node.client().create_queue(QueueName="orders")["QueueUrl"]
        _send(node, queue, *map(str, range(20)))
        postgres.stop("immediate")
        standby.promote()
        until(lambda: node.health()["status"] == "ready")
        assert _count(node, queue) == "20"
        _send(node, queue, "one more")
        assert _count(node, queue) == "21"
        assert (nodes.found().active, nodes.found().epoch) == (node.id, 1)  # it went on with what it had in memory


def test_after_a_failover_to_a_standby_that_lags_the_node_has_what_the_database_has(
    postgres: Postgres, tmp_path: Path
) -> None:
    with _with_standby(postgres, tmp_path) as (standby, nodes):
        node = nodes.start()
        until(lambda: node.health()["state"] == "active")
        queue = node.client().create_queue(QueueName="orders")["QueueUrl"]
        _send(node, queue, "kept")
        until(lambda: _is_level(postgres))
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
        postgres.execute("ALTER SYSTEM SET max_wal_senders = 0")
        postgres.stop()
        postgres.start()  # from now on nobody can follow it
        until(lambda: node.health()["state"] == "active")
        _send(node, queue, *map(str, range(20)))
        assert _count(node, queue) == "21"
        postgres.stop("immediate")
        standby.promote()
        until(lambda: _epoch(nodes) > 1)  # it saw that the database has fewer commits than it made
        assert _count(node, queue) == "1"


def _is_level(postgres: Postgres) -> bool:
    """Returns whether the standby has all that was written."""
    (row,) = postgres.execute("SELECT bool_and(replay_lsn = pg_current_wal_lsn()) FROM pg_stat_replication")
    return bool(row[0])


def _epoch(nodes: NodeSet) -> int:
    try:
        return nodes.found().epoch
    except Exception:
        return 0
