"""A PostgreSQL server of a test run's own, in a temporary directory, on 127.0.0.1 and any free port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

from decaf.persistence.keeper import Keeper

USER = "decaf"
_FAST = ("-c", "fsync=off", "-c", "full_page_writes=off")


class Postgres:
    """A server that runs, with its files in `parent`, which its user must be able to read. With `durable`, what it
    commits is on the disk; else a crash of the machine may lose it.
    """

    def __init__(self, durable: bool = False, *settings: str, parent: Path | None = None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="decaf-postgres-", dir=parent))
        self._as = _unprivileged() if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self.directory, self._as["user"], self._as["group"])
        self._data = self.directory / "data"
        self._settings = (*(() if durable else _FAST), *settings)
        self.port = _free_port()
        self.run("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int:
        """The id of the server's first process, whose children have the connections."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        options = " ".join(["-h 127.0.0.1", f"-p {self.port}", f"-k {self.directory}", *self._settings])
        self.run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", str(self.directory / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast`, or `immediate`, as if it had crashed."""
        self.run("pg_ctl", "stop", "-w", "-D", str(self._data), "-m", mode)

    def use_tls(self, certificate: bytes, key: bytes) -> None:
        """Take connections with TLS too, from now on. Both are PEM."""
        for name, content in (("server.crt", certificate), ("server.key", key)):
            file = self._data / name  # where the server looks for it
            file.touch(0o600)
            file.write_bytes(content)
            if self._as:
                shutil.chown(file, self._as["user"], self._as["group"])
        self.execute("ALTER SYSTEM SET ssl = on")
        self.execute("SELECT pg_reload_conf()")

    def make_standby(self) -> Standby:
        """Returns a server that follows this one."""
        return Standby(self)

    def end(self) -> None:
        """Stop the server, and delete all that it had."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self) -> str:
        """Returns what the server has logged."""
        return (self.directory / "log").read_text(errors="replace")

    def make_database(self) -> str:
        """Returns the URL of a new, empty database."""
        name = f"decaf_{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run a statement by itself, in another thread: this one may run an event loop. Returns its rows."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self._execute(statement, database)).result()

    async def _execute(self, statement: str, database: str) -> list[Any]:
        import asyncpg

        connection = await asyncpg.connect(self.url(database))
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run([str(_programs() / program), *arguments], check=True, capture_output=True, cwd="/", **self._as)


class Databases:
    """Empty databases of a server, used again once they are given back: each has hundreds of files.

    Rule: what gives a database back only notes that. The garbage collector calls it, at any place in any thread: to
    start a thread there, or to wait, can need a lock that the interrupted code holds.
    """

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._free: list[str] = []
        self._open: list[Keeper] = []  # that nobody uses any more

    def take(self) -> str:
        """Returns the URL of an empty database."""
        self.close()
        if not self._free:
            return self._server.make_database()
        url = self._free.pop()
        self._server.execute("DROP SCHEMA IF EXISTS decaf CASCADE", url.rpartition("/")[2])
        return url

    def give_back(self, url: str) -> None:
        self._free.append(url)

    def give_up(self, keeper: Keeper) -> None:
        """Let a keeper be closed before the next database is taken."""
        self._open.append(keeper)

    def close(self) -> None:
        """Close the keepers that nobody uses any more, in another thread: this one may run an event loop."""
        with ThreadPoolExecutor(1) as thread:
            while self._open:
                thread.submit(self._open.pop().close).result()


class Standby:
    """A server that follows another one until it is promoted."""

    def __init__(self, primary: Postgres) -> None:
        self._primary = primary
        self.port = _free_port()
        self._data = primary.directory / f"standby-{self.port}"
        name = f"standby_{self.port}"
        source = f"host=127.0.0.1 port={primary.port} user={USER} application_name={name}"
        primary.run("pg_basebackup", "-D", str(self._data), "-d", source, "-R", "-c", "fast")
        options = f"-h 127.0.0.1 -p {self.port} -k {primary.directory}"
        log = str(primary.directory / name)
        primary.run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", log, "-o", options)

    def promote(self) -> None:
        """Be the server that takes changes."""
        self._primary.run("pg_ctl", "promote", "-w", "-D", str(self._data))

    def end(self) -> None:
        """Stop the server."""
        self._primary.run("pg_ctl", "stop", "-w", "-D", str(self._data), "-m", "immediate")


@contextlib.contextmanager
def running(durable: bool = False, parent: Path | None = None) -> Iterator[Postgres]:
    """A server, until the context is left."""
    server = Postgres(durable, parent=parent)
    try:
        yield server
    finally:
        server.end()


def _programs() -> Path:
    """Returns the directory that the environment variable POSTGRES_PROGRAMS names, else that of the newest server that
    is installed. Raises FileNotFoundError."""
    if chosen := os.environ.get("POSTGRES_PROGRAMS"):
        return Path(chosen)
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("postgres")
    if program is None:
        raise FileNotFoundError("there is no PostgreSQL server: apt-get install postgresql")
    return Path(program).resolve().parent


def _unprivileged() -> dict[str, Any]:
    """Returns the user and group of the server's processes: PostgreSQL refuses to run as root."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise LookupError("there is no user postgres or nobody")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
