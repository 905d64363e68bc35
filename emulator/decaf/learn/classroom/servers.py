"""The server of one learner: a process, which is started again on its data directory when it ends.

Rule: the process stops when its standard input ends, whose other end only this process holds. So no server outlives the
front, however that ends. What a learner with the control token can do is narrowed: no function starts, deliveries over
HTTP go to the learner's own machine, and what is stored has limits.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from decaf.background import READY, DidNotStart
from decaf.base.loopback import is_loopback

_TO_START = 60.0  # seconds: many may start at once
_TO_STOP = 10.0  # seconds
_PAUSES = (0.2, 1.0, 5.0, 30.0)  # seconds before a server that ended is started again; the last for ever
LIMITS = {
    "control-from": "nowhere",
    "max-function-processes": "0",
    "memory-limit": str(64 * 1024 * 1024),
    "max-connections": "256",
    "max-snapshots": "5",
    "max-snapshot-file": str(64 * 1024 * 1024),
    "max-inbox": "1000",
    "log-level": "error",
}


class LearnerServer:
    """The server of one learner. With `port` 0 it has any free port once it is ready, and keeps it.

    `names` are host names of the server besides `host`. `address` is that of the learner's machine, where deliveries
    may go; `folder` holds the data and the log. `starting` limits how many servers start at once.
    """

    def __init__(
        self,
        host: str,
        port: int,
        names: Sequence[str],
        address: str,
        token: str,
        folder: Path,
        starting: asyncio.Semaphore,
    ) -> None:
        self.host = host
        self.port = port
        self._names = names
        self.starts = 0
        self.is_ready = False
        self._address = address
        self.token = token
        self.folder = folder
        self._starting = starting
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def url(self) -> str:
        """The URL by which this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it, wait until it is ready, and from then on start it again when it ends. Raises DidNotStart."""
        self.folder.mkdir(mode=0o700, parents=True)
        await self._launch()
        self._task = asyncio.create_task(self._keep())

    async def restart(self) -> None:
        """End it as a power failure does, and return when it is ready again."""
        self.is_ready = False
        self._ready.clear()
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        await asyncio.wait_for(self._ready.wait(), _TO_START)

    async def stop(self) -> None:
        """End it for good."""
        self._stopping = True
        self.is_ready = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        process = self._process
        if process is not None and process.returncode is None:
            _end(process)
            try:
                await asyncio.wait_for(process.wait(), _TO_STOP)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _keep(self) -> None:
        failures = 0
        while True:
            assert self._process is not None
            await self._process.wait()
            self.is_ready = False
            try:
                await self._launch()
                failures = 0
            except (DidNotStart, OSError):
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1

    async def _launch(self) -> None:
        async with self._starting:
            if self._stopping:
                raise DidNotStart("the room has ended", 0)
            with open(self.folder / "log", "ab", opener=_private) as log:
                process = await asyncio.create_subprocess_exec(
                    *self._command(),
                    cwd=self.folder,
                    env=self._environment(),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C at the front's terminal is for the front
                )
            self._process = process
            if self._stopping:
                _end(process)
            url = await self._url(process)
        if self._stopping:
            raise DidNotStart("it was stopped as it became ready", 0)
        self.port = urlsplit(url).port or 0
        self.starts += 1
        self.is_ready = True
        self._ready.set()

    async def _url(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        try:
            line = (await asyncio.wait_for(process.stdout.readline(), _TO_START)).decode()
        except TimeoutError:
            line = ""
        if READY not in line:
            with suppress(ProcessLookupError):
                process.kill()
            status = await process.wait()
            raise DidNotStart((self.folder / "log").read_text(encoding="utf-8", errors="replace"), status)
        return line.strip().rpartition(READY)[2].partition(" ")[0]

    def _command(self) -> list[str]:
        own = {"host": self.host, "port": str(self.port), "data-dir": str(self.folder / "data")}
        words = [f"--{name}={value}" for name, value in (LIMITS | own).items()]
        names = [f"--allowed-host={name}" for name in self._names]
        hosts = [f"--delivery-host={host}" for host in _hosts(self._address)]
        return [sys.executable, "-m", "decaf", "serve", "--until-input-ends", *words, *names, *hosts]

    def _environment(self) -> Mapping[str, str]:
        """Returns the variables of this process, but none that sets up a server or names an account of AWS."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
        return kept | {"DECAF_CONTROL_TOKEN": self.token}


def _end(process: asyncio.subprocess.Process) -> None:
    """Let a server stop."""
    assert process.stdin is not None
    process.stdin.close()


def _hosts(address: str) -> tuple[str, ...]:
    """Returns the hosts in the URLs of endpoints on the learner's machine."""
    return ("127.0.0.1", "localhost", "::1") if is_loopback(address) else (address,)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
