"""The measured servers: child processes, each on one core, with the CPU time that it has used.

Rule: a process is always ended by the code that started it.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .peers import PEERS, launch

DECAF, FORGETFUL = "Decaf", "Decaf without history"
OFF, WARN, ENFORCE = JUDGING = "Decaf, access off", "Decaf, access warn", "Decaf, access enforce"
PASSED_ON = "Decaf behind another node"
RESPONDER, STATIC, LEAST = "bare aiohttp", "static answers", "the least work"
FLOORS = (RESPONDER, STATIC, LEAST)  # they answer every request as a SendMessage

_OURS = {
    DECAF: [sys.executable, "-m", "decaf", "serve", "--port", "0"],
    FORGETFUL: [sys.executable, "-m", "decaf", "serve", "--port", "0", "--max-history", "0"],
    OFF: [sys.executable, "-m", "decaf", "serve", "--port", "0", "--access", "off"],
    WARN: [sys.executable, "-m", "decaf", "serve", "--port", "0", "--access", "warn"],
    ENFORCE: [sys.executable, "-m", "decaf", "serve", "--port", "0", "--access", "enforce"],
    PASSED_ON: [sys.executable, "-m", "scripts.benchmark.two_nodes"],
    RESPONDER: [sys.executable, "-m", "scripts.benchmark.responder"],
    STATIC: [sys.executable, "-m", "scripts.benchmark.responder", "--static"],
    LEAST: [sys.executable, "-m", "scripts.benchmark.responder", "--least"],
}
_PATIENCE = 60.0  # seconds for a server to listen
_URL = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process."""

    name: str
    url: str
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU time, user and system, that all threads of the process and of its children have used."""
        return sum(map(process_cpu, (self.pid, *children(self.pid))))

    def memory(self) -> float:
        """Bytes of memory that the process has in use."""
        return process_memory(self.pid)


def process_cpu(pid: int) -> float:
    """Return Server.cpu by the process's own CPU-time clock, which is exact: /proc counts hundredths of a second."""
    return time.clock_gettime((~pid << 3) | 2)  # Linux: the clock id of another process's CPU time


def process_memory(pid: int) -> float:
    """As Server.memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def children(pid: int) -> list[int]:
    """Return the ids of the child processes of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def running(name: str, core: int | None) -> Iterator[Server]:
    """The server of that name, on that core from its first instruction on."""
    process, url = spawn(name, core)
    try:
        url = url or announced(process)
        _wait_for(url, process)
        yield Server(name, url, process.pid)
    finally:
        end(process)


def spawn(name: str, core: int | None) -> tuple[subprocess.Popen[str], str]:
    """Start the server; its URL is "" until the server prints it."""
    port = _free_port()
    command, folder, environment = launch(name, port) if name in PEERS else (_OURS[name], Path.cwd(), {**os.environ})
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed programs have their bytecode
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE if name in _OURS else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    return process, "" if name in _OURS else f"http://127.0.0.1:{port}"


def end(process: subprocess.Popen[str]) -> None:
    """End a process that was started here: terminate it, then kill it."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def announced(process: subprocess.Popen[str]) -> str:
    """The URL in the first line that the server prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = _URL.search(line)
    if not found:
        raise RuntimeError(f"the server's first line names no URL: {line!r}")
    return found[0]


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    """Return when the server accepts connections. Raises RuntimeError when it ends, or takes too long."""
    target = urlsplit(url)
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection((target.hostname, target.port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"no server listens at {url}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
