"""The state in PostgreSQL, owned by a test, as a node owns it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from decaf.base.settings import Settings
from decaf.persistence.opening import Opened, read
from decaf.persistence.postgres.ownership import Lease, Node, beat, look, take
from decaf.persistence.postgres.postgres import Postgres
from decaf.persistence.postgres.schema import VERSION, bring_up_to_date
from decaf.persistence.postgres.session import connect, name_of

LONG = 86_400.0  # seconds of a lease that no test outlives


def owned(url: str, node: str | None = None) -> Lease:
    """Take the state as a new node, also from a node whose lease has not expired."""
    (lease,) = all_owned(url, 1, node)
    return lease


def all_owned(url: str, shards: int, node: str | None = None) -> list[Lease]:
    """As `owned`, of all shards of a database that has so many."""
    return asyncio.run(_owned(url, node or secrets.token_hex(8), shards))


async def _owned(url: str, name: str, shards: int) -> list[Lease]:
    node = Node(name, "", VERSION)
    connection = await connect(url, f"beats of {name}")
    try:
        await bring_up_to_date(connection, name_of(url), shards)
        await beat(connection, node, LONG)
        await connection.execute("UPDATE nodes SET expires = 'epoch' WHERE node <> $1", name)
        leases = [await take(connection, node, seen) for seen in await look(connection)]
        return [lease for lease in leases if lease is not None]
    finally:
        await connection.close()


def keeper(url: str, on_fenced: Callable[[], None] = lambda: None, durability: str = "commit") -> Postgres:
    """A keeper that owns the state."""
    return Postgres(url, owned(url), durability, on_fenced)


def opened(settings: Settings) -> Opened:
    """The state in the database that the settings name. Read in another thread: a test's own may run an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: read(keeper(settings.store, durability=settings.durability))).result()
