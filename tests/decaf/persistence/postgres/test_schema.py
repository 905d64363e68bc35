"""The tables are made once, whoever comes first, and those of a later version are left alone."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from decaf.persistence.errors import Unusable
from decaf.persistence.postgres.schema import NAMES, VERSION, bring_up_to_date
from decaf.persistence.postgres.session import check, connect, name_of


def test_nodes_that_start_at_once_make_the_tables_once(database: str) -> None:
    async def run() -> None:
        connections = [await connect(database, str(number)) for number in range(8)]
        await asyncio.gather(*(bring_up_to_date(each, "the database") for each in connections))
        assert await connections[0].fetchval("SELECT count(*) FROM shards") == 1
        assert await connections[0].fetchval("SELECT count(*) FROM cluster WHERE key = 'secret'") == 1
        for connection in connections:
            await connection.close()

    asyncio.run(run())


def test_a_database_of_a_later_version_is_refused_and_left_as_it_is(database: str) -> None:
    async def run() -> None:
        connection: Any = await connect(database, "node")
        await bring_up_to_date(connection, "the database")
        await connection.execute("UPDATE cluster SET value = $1 WHERE key = 'version'", str(VERSION + 1).encode())
        with pytest.raises(Unusable, match=f"^the database is of version {VERSION + 1}; this Decaf reads up to"):
            await bring_up_to_date(connection, "the database")
        assert await connection.fetchval("SELECT value FROM cluster WHERE key = 'version'") == str(VERSION + 1).encode()
        await connection.close()

    asyncio.run(run())


def test_rights_are_looked_for_on_every_table(database: str) -> None:
    async def run() -> None:
        connection: Any = await connect(database, "node")
        await bring_up_to_date(connection, "the database")
        assert await connection.fetchval(
            "SELECT array_agg(tablename ORDER BY tablename) FROM pg_tables WHERE schemaname = 'decaf'"
        ) == [*NAMES]
        await connection.close()

    asyncio.run(run())


def test_a_session_does_not_depend_on_the_settings_of_its_role(database: str) -> None:
    async def run() -> None:
        first: Any = await connect(database, "node")
        await first.execute("ALTER ROLE decaf SET synchronous_commit = off")
        await first.execute("ALTER ROLE decaf SET default_transaction_isolation = 'serializable'")
        second: Any = await connect(database, "node")
        try:
            assert await second.fetchval("SHOW synchronous_commit") == "on"
            assert await second.fetchval("SHOW transaction_isolation") == "read committed"
        finally:
            await second.execute("ALTER ROLE decaf RESET ALL")
            await first.close()
            await second.close()

    asyncio.run(run())


def test_the_system_ends_a_connection_that_nobody_acknowledges(database: str) -> None:
    """Each probe of keepalive comes a second after the last, and TCP_USER_TIMEOUT counts them."""

    async def run() -> None:
        connection: Any = await connect(database, "node")
        of = connection._transport.get_extra_info("socket")
        found = [
            of.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            *(of.getsockopt(socket.IPPROTO_TCP, name) for name in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL)),
            of.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
        ]
        assert found == [1, 5, 1, 5_000]
        await connection.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://cafe:secret@db.test:5432/decaf", "postgresql://cafe@db.test:5432/decaf"),
        ("postgresql://cafe:secret@a.test:1,b.test:2/decaf", "postgresql://cafe@a.test:1,b.test:2/decaf"),
        ("postgresql://db.test/decaf?password=secret&sslmode=require", "postgresql://db.test/decaf"),
        ("postgresql:///decaf?host=/run/postgresql&user=a&password=secret", "postgresql:///decaf?host=/run/postgresql"),
    ],
)
def test_a_database_is_named_without_its_password(url: str, name: str) -> None:
    check(url)
    assert name_of(url) == name


@pytest.mark.parametrize(
    "url",
    [
        "mysql://cafe:secret@db.test/decaf",
        "decaf",
        "postgresql://cafe:secret@db.test:x/",
        "postgresql://a:secret@[::1/",
        "postgresql://a:secret@db.test/decaf?port=x",
        "postgresql://cafe:1/secret@db.test/decaf",
        "postgresql://cafe:1?secret@db.test/decaf",
        "postgresql://cafe:1#secret@db.test/decaf",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Unusable) as refused:
        check(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["sslrootcert", "sslcrl", "sslcert", "sslkey"])
def test_a_file_that_a_url_names_has_to_be_there(name: str, tmp_path: Path) -> None:
    missing, there = tmp_path / "missing.pem", tmp_path / "there.pem"
    there.touch()
    check(f"postgresql://db.test/decaf?{name}={there}")
    what = f"store: {name}, in the URL of the database: {missing}"
    with pytest.raises(Unusable, match=f"^{what}: No such file or directory$"):
        check(f"postgresql://db.test/decaf?{name}={missing}")
