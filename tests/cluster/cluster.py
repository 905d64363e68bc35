"""Nodes as processes over a PostgreSQL of their own, each behind proxies to the database and to the other nodes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from tests.cluster.proxy import Proxy
from tests.durable.process import SOURCES
from tests.postgres.server import Postgres

LEASE = 2.0  # seconds

# Notes each change of the owner or the number of commits, and has nodes reach each other by way of their proxies.
_WATCH = """
CREATE TABLE decaf.changes (
    id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz, shard int, owner text, epoch bigint, seq bigint);
CREATE FUNCTION decaf.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO decaf.changes (at, shard, owner, epoch, seq)
    VALUES (clock_timestamp(), NEW.shard, NEW.owner, NEW.epoch, NEW.seq);
    RETURN NULL;
END $$;
CREATE TRIGGER note_change AFTER UPDATE ON decaf.shards FOR EACH ROW
    WHEN ((OLD.owner, OLD.epoch, OLD.seq) IS DISTINCT FROM (NEW.owner, NEW.epoch, NEW.seq))
    EXECUTE FUNCTION decaf.note_change();
CREATE TABLE decaf.ways (address text PRIMARY KEY, through text);
CREATE FUNCTION decaf.go_through() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.address := coalesce((SELECT through FROM decaf.ways WHERE address = NEW.address), NEW.address);
    RETURN NEW;
END $$;
CREATE TRIGGER go_through BEFORE INSERT OR UPDATE ON decaf.nodes FOR EACH ROW EXECUTE FUNCTION decaf.go_through();
"""

_OWNERS = "SELECT address FROM decaf.shards JOIN decaf.nodes ON node = owner ORDER BY random()"


@dataclass(frozen=True, slots=True)
class Change:
    """A row of `shards` as it became."""

    shard: int
    owner: str | None
    epoch: int
    seq: int


class Node:
    """A node's process, on ports that stay the same when it is started again."""

    def __init__(self, store: str, log: Path, shards: int) -> None:
        self.port = _free_port()
        self.address = f"127.0.0.1:{_free_port()}"  # where it listens for other nodes
        parts = urlsplit(store)
        assert parts.port is not None
        self.to_database = Proxy("127.0.0.1", parts.port)
        self.from_nodes = Proxy("127.0.0.1", int(self.address.rpartition(":")[2]))
        self._store = store
        self._shards = shards
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def through(self) -> str:
        """The address by which other nodes reach it."""
        return f"127.0.0.1:{self.from_nodes.listens_on}"

    @property
    def store(self) -> str:
        """The URL of the database by way of the proxy."""
        parts = urlsplit(self._store)
        return parts._replace(netloc=f"{parts.username}@127.0.0.1:{self.to_database.listens_on}").geturl()

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; it may not listen yet."""
        words = ["--port", str(self.port), "--store", self.store, "--node-address", self.address]
        words += ["--shards", str(self._shards)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "decaf", "serve", *words, "--lease", str(LEASE), "--log-level", "info"],
                env=kept | {"PYTHONPATH": SOURCES},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def signal(self, which: signal.Signals) -> None:
        if self._process is not None and self.runs:
            self._process.send_signal(which)

    async def wait(self) -> int | None:
        """Return the exit status once the process has ended."""
        process = self._process
        return None if process is None else await asyncio.to_thread(process.wait, 60)

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await self.wait()

    async def listens(self) -> None:
        """Return once the node takes connections."""
        async with asyncio.timeout(60):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                assert self.runs, self.log()
                await asyncio.sleep(0.05)

    def log(self) -> str:
        """Returns what the node has logged and printed."""
        return self._log.read_text(errors="replace")


class Cluster:
    """Three nodes that run, and their database."""

    def __init__(self, postgres: Postgres, database: str, directory: Path, shards: int) -> None:
        self.postgres = postgres
        self.database = database
        self.shards = shards
        self.nodes = [Node(database, directory / f"node-{number}.log", shards) for number in range(3)]

    async def start(self) -> None:
        for node in self.nodes:
            await node.to_database.start()
            await node.from_nodes.start()
        self.nodes[0].start()
        await self.nodes[0].listens()
        await self._watch()
        for node in self.nodes[1:]:
            node.start()
        for node in self.nodes:
            await node.listens()

    async def stop(self) -> None:
        for node in self.nodes:
            node.signal(signal.SIGCONT)
            await node.kill()
            await node.to_database.stop()
            await node.from_nodes.stop()

    async def active(self) -> Node | None:
        """Returns the node that the database says is active, if one is; of several any."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            found = await self._fetch(_OWNERS)
            for node in self.nodes:
                if found and found[0][0] in (node.through, node.address):
                    return node
        return None

    async def some_node_is_active(self) -> Node:
        """Returns the active node as soon as there is one."""
        async with asyncio.timeout(60):
            while True:
                if (node := await self.active()) is not None:
                    return node
                await asyncio.sleep(0.05)

    async def changes(self) -> list[Change]:
        """Returns all changes of the owner and the number of commits, in their order."""
        rows = await self._fetch("SELECT shard, owner, epoch, seq FROM decaf.changes ORDER BY id")
        return [Change(*row) for row in rows]

    async def _watch(self) -> None:
        await self.some_node_is_active()
        connection = await asyncpg.connect(self.database)
        try:
            await connection.execute(_WATCH)
            ways = [(node.address, node.through) for node in self.nodes]
            await connection.executemany("INSERT INTO decaf.ways VALUES ($1, $2)", ways)
            await connection.execute("UPDATE decaf.nodes SET address = address")  # the first one is there already
        finally:
            await connection.close()

    async def _fetch(self, statement: str) -> list[Any]:
        connection = await asyncpg.connect(self.database, timeout=5)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()


@asynccontextmanager
async def cluster(postgres: Postgres, directory: Path, shards: int = 1) -> AsyncIterator[Cluster]:
    """Three nodes over a new database with so many shards, until the context is left."""
    made = Cluster(postgres, await asyncio.to_thread(postgres.make_database), directory, shards)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(made.stop)
        await made.start()
        yield made


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
