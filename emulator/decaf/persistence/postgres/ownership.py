"""Who owns the state: the statements on the tables `nodes` and `shards`, and what they return.

Rule: the database's clock alone decides whether a lease has expired. A beat and a takeover exclude each other, since
both lock the row of the owner in `nodes`; a beat reads who owns the shard after that. So a node that is not the owner
any more learns it from its first beat. Part of each takeover is the end of the old owner's sessions, and it comes
first: a client that is stopped in the middle of a statement holds its locks for as long as it likes.

A shard is a part of the state that has one owner: that of the accounts in regions which have it. How many there are is
settled when the tables are made; with one, that one has all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from decaf.persistence.postgres.session import application

if TYPE_CHECKING:
    from asyncpg import Connection

TABLES = """
CREATE TABLE nodes (
    node text PRIMARY KEY,
    address text NOT NULL,
    version integer NOT NULL,
    started timestamptz NOT NULL,
    expires timestamptz NOT NULL
);
CREATE TABLE shards (
    shard integer PRIMARY KEY,
    account text NOT NULL,
    region text NOT NULL,
    owner text,
    epoch bigint NOT NULL DEFAULT 0,
    seq bigint NOT NULL DEFAULT 0,
    taken timestamptz,
    UNIQUE (account, region)
) WITH (fillfactor = 50);
INSERT INTO shards (shard, account, region) VALUES (0, '', '');
"""

# A statement of a function sees what was committed before it began; a single statement would see the owner of the
# moment before it waited for the row of `nodes`.
FUNCTIONS = """
CREATE FUNCTION beat(the_node text, the_address text, the_version integer, ttl double precision)
RETURNS double precision LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO nodes (node, address, version, started, expires)
    VALUES (the_node, the_address, the_version, clock_timestamp(), clock_timestamp() + make_interval(secs => ttl))
    ON CONFLICT (node) DO UPDATE SET
        address = excluded.address,
        version = excluded.version,
        expires = clock_timestamp() + make_interval(secs => ttl);
    RETURN extract(epoch FROM clock_timestamp());
END $$;

CREATE FUNCTION take(the_node text, the_shard integer, seen bigint, session text)
RETURNS TABLE (new_epoch bigint, last_seq bigint) LANGUAGE plpgsql AS $$
DECLARE
    old text;
    until timestamptz;
BEGIN
    SELECT owner, expires INTO old, until
    FROM shards LEFT JOIN nodes ON node = owner WHERE shard = the_shard AND epoch = seen;
    IF NOT FOUND OR (old <> the_node AND until > clock_timestamp()) THEN
        RETURN;
    END IF;
    IF old <> the_node THEN
        PERFORM pg_terminate_backend(pid, 2000) FROM pg_stat_activity
        WHERE application_name = session AND datname = current_database() AND pid <> pg_backend_pid();
        INSERT INTO nodes (node, address, version, started, expires)
        VALUES (old, '', 0, 'epoch', 'epoch')
        ON CONFLICT (node) DO UPDATE SET expires = nodes.expires
        RETURNING expires INTO until;
        IF until > clock_timestamp() THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    UPDATE shards SET owner = the_node, epoch = epoch + 1, taken = clock_timestamp()
    WHERE shard = the_shard AND epoch = seen AND owner IS NOT DISTINCT FROM old
    RETURNING epoch, seq;
    DELETE FROM nodes WHERE (node = old AND node <> the_node) OR expires < clock_timestamp() - interval '1 hour';
END $$;
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its id, which is random at each start, the address for other nodes, and the schema that it knows."""

    id: str
    address: str
    version: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The ownership of a shard. `owner` is a node's id; `epoch` grows with each change of the owner, `seq` with each
    commit. It is that of the moment when it was returned.
    """

    shard: int
    owner: str
    epoch: int
    seq: int


# What is added in version 2. Every pair of an account and a region was to have a shard once.
SPREADING = """
ALTER TABLE shards DROP COLUMN account, DROP COLUMN region, ADD COLUMN wanted text;
"""


@dataclass(frozen=True, slots=True)
class Owned:
    """Who owns a shard: `owner` is None when nobody does; `address` is None when the owner is not in `nodes`. `wanted`
    is the node that is to have it next, as the last owner saw it when it released the shard.

    `left` is how long the owner's lease still lasts, in seconds; 0.0 or less: it has expired. `taken` is the time of
    the last takeover in epoch seconds, None when there was none. `places` is how many accounts in regions have it.
    """

    shard: int
    owner: str | None
    epoch: int
    seq: int
    address: str | None
    left: float
    taken: float | None
    wanted: str | None = None
    places: int = 0


@dataclass(frozen=True, slots=True)
class Beat:
    """What a beat returns: the database's time in epoch seconds, who owns each shard, and the ids of the nodes whose
    leases last, in the order of their starts."""

    now: float
    owned: tuple[Owned, ...]
    alive: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A node as others see it. `left` is how long its lease still lasts, `since` when it started, in seconds."""

    node: Node
    since: float
    left: float


_OWNED = """
SELECT shard, owner, epoch, seq, address,
    coalesce(extract(epoch FROM expires - clock_timestamp()), 0)::float8 AS left,
    extract(epoch FROM taken)::float8 AS taken, wanted, places
FROM shards LEFT JOIN nodes ON node = owner ORDER BY shard
"""
_SEEN = """
SELECT node, address, version,
    extract(epoch FROM started)::float8 AS since,
    extract(epoch FROM expires - clock_timestamp())::float8 AS left
FROM nodes ORDER BY started, node
"""
_ALIVE = "SELECT node FROM nodes WHERE expires > clock_timestamp() ORDER BY started, node"
_RELEASE = """
UPDATE shards SET owner = NULL, epoch = epoch + 1, wanted = $4 WHERE shard = $1 AND owner = $2 AND epoch = $3
"""


async def beat(connection: Connection, node: Node, ttl: float) -> Beat:
    """Lengthen the lease of a node to `ttl` seconds from now. Returns what the database says.

    The owners are read after the lease was lengthened, in a transaction of its own.
    """
    now = await connection.fetchval("SELECT beat($1, $2, $3, $4)", node.id, node.address, node.version, ttl)
    alive = await connection.fetch(_ALIVE)
    return Beat(now, await look(connection), tuple(row[0] for row in alive))


async def look(connection: Connection) -> tuple[Owned, ...]:
    """Returns who owns each shard, in the order of their numbers."""
    return tuple(Owned(*row) for row in await connection.fetch(_OWNED))


async def nodes(connection: Connection) -> tuple[Seen, ...]:
    """Returns all nodes in the order of their starts, also those whose lease has expired within the last hour."""
    rows = await connection.fetch(_SEEN)
    return tuple(Seen(Node(row[0], row[1], row[2]), row[3], row[4]) for row in rows)


async def take(connection: Connection, node: Node, seen: Owned) -> Lease | None:
    """Take a shard that nobody owns, or whose owner's lease has expired, as it was `seen`. A node takes its own, too,
    under the next epoch, when the answer to an earlier take was lost.

    Returns None when another was faster, or the owner's lease has not expired after all.
    """
    row = await connection.fetchrow(
        "SELECT * FROM take($1, $2, $3, $4)", node.id, seen.shard, seen.epoch, application(seen.owner or "")
    )
    return None if row is None else Lease(seen.shard, node.id, row[0], row[1])


async def release(connection: Connection, lease: Lease, wanted: str | None = None) -> bool:
    """Leave a shard to the node that is `wanted`, or to whoever takes it next. Returns whether it was still owned."""
    done: str = await connection.execute(_RELEASE, lease.shard, lease.owner, lease.epoch, wanted)
    return done == "UPDATE 1"


async def leave(connection: Connection, node: Node) -> None:
    """Forget a node that ends, once it has released what it owned."""
    await connection.execute("DELETE FROM nodes WHERE node = $1", node.id)


async def secret(connection: Connection) -> bytes:
    """Returns the secret by which nodes know each other."""
    found: bytes = await connection.fetchval("SELECT value FROM cluster WHERE key = 'secret'")
    return found
