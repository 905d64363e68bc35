"""Servers in the background: the file that each has, and how one is started and stopped.

Rule: such a file has the process id, the URL and the log's path, a line each, and a server that runs holds a lock on
it. It holds the lock by an open file that it inherits, so that nothing of the server itself knows of the file, and the
system releases the lock when the server ends, however it ends. A process id alone could be another process's by then.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

_MOST_PRINTED = 65_536  # bytes
LESSONS = "learn"  # the name of the files of the lessons' own server
READY = " ready on "  # of the first line that a server prints, before its URL


class AlreadyRuns(Exception):
    """The file is that of a server which runs."""


class DidNotStart(Exception):
    """The server ended before it was ready; `status` is its exit code, the text is what it wrote."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Running(msgspec.Struct, frozen=True):
    """A server that runs in the background."""

    pid_file: Path
    pid: int
    url: str
    log: Path


def folder() -> Path:
    """Returns the folder of the files of servers whose files have no other place."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "decaf"


def start(words: Sequence[str], pid_file: Path, log: Path) -> tuple[Running, str]:
    """Start `decaf serve` with these words, and wait until it is ready. Returns the server and what it printed.

    Raises AlreadyRuns, DidNotStart, or OSError when a file cannot be written.
    """
    with _locked(pid_file) as file, open(log, "wb", opener=_private) as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "decaf", "serve", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=written,
            pass_fds=(file,),
            start_new_session=True,
        )
        printed = _first_output(process)
        if READY not in printed:
            raise DidNotStart(log.read_text(encoding="utf-8", errors="replace"), process.wait())
        url = printed.splitlines()[0].rpartition(READY)[2]
        running = Running(pid_file, process.pid, url, log.absolute())
        os.ftruncate(file, 0)
        os.pwrite(file, f"{running.pid}\n{running.url}\n{running.log}\n".encode(), 0)
        return running, printed


def _first_output(process: subprocess.Popen[bytes]) -> str:
    """Returns what a server prints once it is ready, which it writes at once; "" when it has ended."""
    assert process.stdout is not None
    with process.stdout as output:
        try:
            return os.read(output.fileno(), _MOST_PRINTED).decode()
        except KeyboardInterrupt:
            process.terminate()
            raise


def find(pid_file: Path) -> Running | None:
    """Returns the server with that file, None if none runs. Raises OSError when the file cannot be read."""
    try:
        with pid_file.open(encoding="utf-8") as file:
            if _is_free(file.fileno()):
                return None
            pid, url, log = file.read().splitlines()
            return Running(pid_file, int(pid), url, Path(log))
    except (FileNotFoundError, ValueError):  # ValueError: it has just been started
        return None


def find_all() -> list[Running]:
    """Returns the servers whose files are in the usual folder."""
    found = (find(file) for file in sorted(folder().glob("*.pid")))
    return [running for running in found if running is not None]


def stop(running: Running) -> None:
    """Let a server finish its work, and return when it has ended."""
    with running.pid_file.open(encoding="utf-8") as file:
        if not _is_free(file.fileno()):
            os.kill(running.pid, signal.SIGTERM)
            fcntl.flock(file, fcntl.LOCK_EX)
        running.pid_file.unlink(missing_ok=True)


@contextmanager
def _locked(pid_file: Path) -> Iterator[int]:
    """Yield the file, locked until every process that has it open has ended. An exception deletes it."""
    file = os.open(pid_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _is_free(file):
            raise AlreadyRuns
        try:
            yield file
        except BaseException:
            pid_file.unlink()
            raise
    finally:
        os.close(file)


def _is_free(file: int) -> bool:
    """Returns whether nobody else has a lock on the file; then it is locked until it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
