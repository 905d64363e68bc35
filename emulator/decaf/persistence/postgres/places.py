"""Which shard each account in a region has: the table `places`, which is only added to.

Rule: one connection at a time adds, so that the numbers of rows come in the order of their commits, and who knows a
number knows all before it. A shard that none has comes first, of the node with the fewest; then one that the fewest
have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from decaf.base.shard import Place, Placed

if TYPE_CHECKING:
    from asyncpg import Connection

# What is added in version 4. Texts are bytes in UTF-8. `places` of a shard are how many have it.
PLACES = """
CREATE TABLE places (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account bytea NOT NULL,
    region bytea NOT NULL,
    shard integer NOT NULL
);
CREATE UNIQUE INDEX ON places (sha256(account), sha256(region));  -- texts may be longer than those of an index
ALTER TABLE shards ADD COLUMN places bigint NOT NULL DEFAULT 0;

CREATE FUNCTION place(accounts bytea[], regions bytea[])
RETURNS integer[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    chosen integer;
    all_chosen integer[] := '{}';
    more integer[] := (SELECT array_fill(0, ARRAY[count(*)::integer]) FROM shards);
BEGIN
    PERFORM 1 FROM cluster WHERE key = 'secret' FOR UPDATE;
    FOR n IN 1 .. cardinality(accounts) LOOP
        SELECT shard INTO chosen FROM places
        WHERE sha256(account) = sha256(accounts[n]) AND sha256(region) = sha256(regions[n]);
        IF NOT FOUND THEN
            SELECT shard INTO chosen FROM shards
            ORDER BY places + more[shard + 1], sum(places + more[shard + 1]) OVER (PARTITION BY owner), shard LIMIT 1;
            INSERT INTO places (account, region, shard) VALUES (accounts[n], regions[n], chosen);
            more[chosen + 1] := more[chosen + 1] + 1;
        END IF;
        all_chosen := all_chosen || chosen;
    END LOOP;
    FOR n IN 1 .. cardinality(more) LOOP  -- in the order in which commits lock them
        UPDATE shards SET places = places + more[n] WHERE shard = n - 1 AND more[n] > 0;
    END LOOP;
    RETURN all_chosen;
END $$;
"""

MOST_AT_ONCE = 200  # accounts in regions that get shards in one statement

_FROM = "SELECT number, account, region, shard FROM places WHERE number >= $1 ORDER BY number"


async def placed_from(connection: Connection, number: int) -> list[Placed]:
    """Returns the `number`th account in a region that got a shard, and all that came after it."""
    rows = await connection.fetch(_FROM, number)
    return [Placed(number, _read(account), _read(region), shard) for number, account, region, shard in rows]


async def place(connection: Connection, places: Sequence[Place]) -> list[int]:
    """Returns the shards of accounts in regions, MOST_AT_ONCE at most; those that have none get one."""
    accounts, regions = ([*map(_written, texts)] for texts in zip(*places, strict=True))
    shards: list[int] = await connection.fetchval("SELECT place($1, $2)", accounts, regions)
    return shards


def _written(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _read(text: bytes) -> str:
    return text.decode("utf-8", "surrogatepass")
