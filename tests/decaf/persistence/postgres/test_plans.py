"""The plans of what a commit does hold, though they are made while the tables are empty and have no statistics."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from decaf.persistence.batch import Batch, Document, Inserted, Remembered, key_of
from decaf.persistence.postgres.postgres import Postgres
from decaf.persistence.postgres.session import connect
from decaf.persistence.records import (
    ArchivedRecord,
    InboxRecord,
    NotificationRecord,
    RegionRecord,
    SentRecord,
)
from tests.postgres.owning import keeper
from tests.postgres.server import Postgres as Server

EXPLAIN = """
ALTER DATABASE {name} SET session_preload_libraries = 'auto_explain';
ALTER DATABASE {name} SET auto_explain.log_min_duration = 0;
ALTER DATABASE {name} SET auto_explain.log_nested_statements = on;
"""
FILL = {
    "bodies": "n, 'id', 1, 'me', 'body'",
    "states": "n, 2, 1, 1, 0, 1, 1",
    "documents (shard, key, account, record)": "0, ('region ' || n)::bytea, '1', '{}'",
    "remembered": "0, 'queue', 'sent', n::text::bytea, '1', 1e12, '{}'",
    "archived": "0, 'topic', n, '1', '{}'",
    "inbox": "0, n, '1', '{}'",
}


@pytest.mark.parametrize("rows", [0, 200_000])
def test_no_plan_reads_a_table_or_joins_by_a_hash(database: str, postgres: Server, rows: int) -> None:
    name = database.rpartition("/")[2]
    for statement in EXPLAIN.format(name=name).strip().splitlines():
        postgres.execute(statement)
    kept = keeper(database)
    for number in range(12):  # the first ones of a session are planned for their values, the later ones for any
        _commit(kept, number)
    asyncio.run(_fill(database, rows))
    before = len(postgres.log())
    for number in range(12, 16):
        _commit(kept, number)
    logged = postgres.log()[before:]
    kept.close()
    assert "INSERT INTO bodies" in logged
    assert "Index" in logged
    for bad in ("Seq Scan", "Hash Join", "Merge Join", "Nested Loop"):
        assert bad not in logged, logged[max(0, logged.index(bad) - 1_000) :][:1_500]


async def _fill(url: str, rows: int) -> None:
    connection: Any = await connect(url, "filler", synchronous=False)
    for table, values in FILL.items():
        series = f"generate_series(1, {rows}) AS n"
        await connection.execute(f"INSERT INTO {table} SELECT {values} FROM {series} ON CONFLICT DO NOTHING")
    await connection.close()


def _commit(kept: Postgres, number: int) -> None:
    """A batch with all that calls change, and the deletion of what is obsolete."""
    some = [number * 10 + nth for nth in range(5)]
    kept.apply(
        Batch(
            documents=[
                *(Document("region", str(n), "1", RegionRecord("1", str(n))) for n in some),
                *(Document("region", str(n + 5), "1", None) for n in some),
            ],
            inserted=[_row(n) for n in some],
            changed=[_row(n, receives=1) for n in some],
            deleted=[(key_of(1, n + 5),) for n in some],
            remembered=[Remembered("sent", "queue", str(n), "1", 1e12, _sent(n)) for n in some],
            archived=[("topic", n, "1", _archived(n)) for n in some],
            trimmed=[("topic", number)],
            cleared_owners=["another"],
            inbox=[(n, _entry()) for n in some],
            inbox_size=1_000_000,
        )
    )
    kept.delete_messages([(key_of(1, number),)], 2)


def _row(number: int, receives: int = 0) -> Inserted:
    return key_of(1, number), 1, 0.0, receives, 0, None, 0.0, "id", 1.0, "me", "body", None


def _sent(number: int) -> SentRecord:
    return SentRecord("queue", None, str(number), 1.0, "id", "1")


def _archived(number: int) -> ArchivedRecord:
    return ArchivedRecord("topic", number, NotificationRecord("id", "topic", "news", 1.0, ""))


def _entry() -> InboxRecord:
    return InboxRecord("1", "sms", "+1555", None, "id", None, "", 1.0, "Notification")
