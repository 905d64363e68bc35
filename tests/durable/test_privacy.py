"""What other users of the machine cannot read: the data directory, its log and its copies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from decaf.persistence import disk
from tests.durable.calls import Calls
from tests.durable.process import Process


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def _open_to_others(directory: Path) -> dict[str, str]:
    """The permissions of what others can reach, by name."""
    modes = {path.name: path.stat().st_mode & 0o7777 for path in (directory, *directory.iterdir())}
    return {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


@pytest.mark.usefixtures("umask")
def test_the_directory_its_file_and_its_log_are_for_their_owner_alone(tmp_path: Path) -> None:
    with Process(tmp_path / "data") as server, Calls(server.port) as calls:
        calls.sqs("CreateQueue", QueueName="kept")
        names = {path.name for path in server.directory.iterdir()}
        assert {disk.FILE, f"{disk.FILE}-wal"} <= names
        assert _open_to_others(server.directory) == {}
        server.control.backup(tmp_path / "copy.sqlite")
    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o7777 == 0o600


@pytest.mark.usefixtures("umask")
def test_a_copy_that_is_being_made_is_for_its_owner_alone(tmp_path: Path) -> None:
    made = disk.Disk(tmp_path / "data", "commit")
    with made.backup() as copy:
        assert os.fstat(copy.fileno()).st_mode & 0o7777 == 0o600
        assert copy.read(16) == b"SQLite format 3\0"
    made.close()


def test_files_that_others_could_read_are_closed_to_them(tmp_path: Path) -> None:
    with Process(tmp_path) as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="kept")
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        for path in tmp_path.iterdir():
            path.chmod(0o644)
        server.start()
        assert _open_to_others(tmp_path).keys() <= {tmp_path.name}
        assert [queue.name for queue in server.control.queues()] == ["kept"]
