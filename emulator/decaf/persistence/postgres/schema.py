"""The tables and functions, by version, and how a database is brought up to this one.

Rule: a text of clients is kept as its bytes in UTF-8: PostgreSQL's own texts cannot have a NUL, and which characters
they can have depends on how the database was made. A message is in `bodies`, which is written once, and, once it is
delayed or was received, in `states`, so that a receive writes few bytes. A later version may add tables, columns and
functions, but old nodes still use those that are here: a function that takes other arguments gets another name.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from decaf.persistence.errors import Unusable
from decaf.persistence.postgres import code, committing, ownership, places

if TYPE_CHECKING:
    from asyncpg import Connection

SCHEMA = "decaf"  # the name of PostgreSQL's namespace for all of it
VERSION = 4
_LOCK = 0xDECAF  # of migrations; for the length of a transaction, so that it works with poolers too

_TABLES = """
CREATE TABLE bodies (
    key bigint PRIMARY KEY,
    id bytea NOT NULL,
    sent_at double precision NOT NULL,
    sender_id bytea NOT NULL,
    body bytea NOT NULL,
    optional_fields bytea
);
ALTER TABLE bodies ALTER body SET STORAGE EXTERNAL;
CREATE TABLE states (
    key bigint PRIMARY KEY,
    state smallint NOT NULL,
    due double precision NOT NULL,
    receive_count bigint NOT NULL,
    received_before bigint NOT NULL,
    first_received_at double precision,
    received_at double precision NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE documents (
    shard integer NOT NULL,
    key bytea NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    account bytea NOT NULL,
    number bigint,
    record bytea NOT NULL,
    PRIMARY KEY (shard, key)
) WITH (fillfactor = 70);
CREATE TABLE remembered (
    shard integer NOT NULL,
    owner bytea NOT NULL,
    kind text NOT NULL,
    key bytea NOT NULL,
    account bytea NOT NULL,
    at double precision NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (shard, owner, kind, key)
);
CREATE TABLE archived (
    shard integer NOT NULL,
    topic bytea NOT NULL,
    number bigint NOT NULL,
    account bytea NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (shard, topic, number)
);
CREATE TABLE inbox (
    shard integer NOT NULL,
    number bigint NOT NULL,
    account bytea NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (shard, number)
);
"""

NAMES = (
    "archived",
    "bodies",
    "cluster",
    "code",
    "documents",
    "inbox",
    "nodes",
    "places",
    "remembered",
    "shards",
    "states",
)  # of all tables

_REFUSED = """
SELECT current_user, array_agg(name)
FROM unnest($1::text[]) AS name
WHERE NOT (
    has_table_privilege(name, 'SELECT') AND has_table_privilege(name, 'INSERT')
    AND has_table_privilege(name, 'UPDATE') AND has_table_privilege(name, 'DELETE')
)
"""

# The SQL that brings a database to the next version, by its version.
_MIGRATIONS: dict[int, str] = {
    0: ownership.TABLES + ownership.FUNCTIONS + _TABLES + committing.FUNCTIONS,
    1: ownership.SPREADING,
    2: committing.TOGETHER + code.CODE,
    3: places.PLACES,
}


async def bring_up_to_date(connection: Connection, name: str, shards: int = 1) -> None:
    """Migrate the database `name` to this version, unless it is there; a new one gets so many `shards`.

    Raises Unusable for one of a later version, or with another number of shards. Of several nodes that start at once,
    one does it, and the others wait.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        version = await _version(connection)
        if version > VERSION:
            raise Unusable(f"{name} is of version {version}; this Decaf reads up to {VERSION}")
        if 0 < version < 4 and shards > 1:
            raise Unusable(f"{name} is of version {version}, in which accounts with several shards had other ones")
        for earlier in range(version, VERSION):
            await connection.execute(_MIGRATIONS[earlier])
        if version < VERSION:
            await _put(connection, "version", str(VERSION).encode())
        if version == 0:
            await connection.execute("INSERT INTO shards SELECT generate_series(1, $1 - 1)", shards)
        found = await connection.fetchval("SELECT count(*) FROM shards")
        if found != shards:
            raise Unusable(f"{name} was made with shards={found}, and the setting shards is {shards}")


async def check_rights(connection: Connection) -> None:
    """Raises PermissionError unless the role of a connection may read and change all tables."""
    role, refused = await connection.fetchrow(_REFUSED, NAMES)
    if refused:
        raise PermissionError(f"the role {role} may not read and change {', '.join(refused)}")


async def _version(connection: Connection) -> int:
    """Returns the version of the schema, 0 when it has just been made."""
    if await connection.fetchval("SELECT to_regclass($1)", f"{SCHEMA}.cluster") is None:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        await connection.execute("CREATE TABLE cluster (key text PRIMARY KEY, value bytea NOT NULL)")
        await _put(connection, "secret", secrets.token_bytes(32))
        return 0
    return int(await connection.fetchval("SELECT value FROM cluster WHERE key = 'version'"))


async def _put(connection: Connection, key: str, value: bytes) -> None:
    await connection.execute(
        "INSERT INTO cluster VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value
    )
