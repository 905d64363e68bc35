"""The servers under measurement: processes of our own, each held to one core, with the CPU time each has used.

Rule: a process is ended by the object that started it, whatever happens meanwhile.
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

DECAF, MOTO, RESPONDER = "Decaf", "moto", "bare aiohttp"
FORGETFUL = "Decaf without history"

_URL = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process."""

    name: str
    url: str
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU time, user and system, that all threads of the process have used."""
        return process_cpu(self.pid)


def process_cpu(pid: int) -> float:
    """As Server.cpu, by the process's own CPU-time clock: exact, where /proc counts hundredths of a second."""
    return time.clock_gettime((~pid << 3) | 2)  # Linux: the clock id of another process's CPU time


@contextmanager
def running(name: str, core: int | None) -> Iterator[Server]:
    """The server of that name, on that core, from before its first instruction to its end."""
    process, url = spawn(name, core)
    try:
        yield Server(name, url or announced(process), process.pid)
    finally:
        end(process)


def spawn(name: str, core: int | None) -> tuple[subprocess.Popen[str], str]:
    """Start the server; its URL is "" while only the server knows it (it prints it when it is ready)."""
    command, url = _command(name)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True
    )
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    return process, url


def end(process: subprocess.Popen[str]) -> None:
    """End a process that was started here, gently and then not."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _command(name: str) -> tuple[list[str], str]:
    if name in (DECAF, FORGETFUL):
        flags = ["--max-history", "0"] if name == FORGETFUL else []
        return [sys.executable, "-m", "emulator", "serve", "--port", "0", *flags], ""
    if name == RESPONDER:
        return [sys.executable, "-m", "scripts.benchmark.responder"], ""
    port = _free_port()
    script = "import sys; from moto.server import main; main(sys.argv[1:])"
    return [sys.executable, "-c", script, "-H", "127.0.0.1", "-p", str(port)], f"http://127.0.0.1:{port}"


def announced(process: subprocess.Popen[str]) -> str:
    """The URL in the first line that the server prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = _URL.search(line)
    if not found:
        raise RuntimeError(f"the server's first line names no URL: {line!r}")
    return found[0]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
