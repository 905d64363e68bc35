"""Data directories that cannot be used: one clear line says which and why, and nothing there is touched."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from decaf.persistence import disk
from tests.durable.process import Process, decaf


def _refusal(directory: Path, before: tuple[str, ...] = ()) -> str:
    """What is said of the directory, in one line."""
    process = decaf("serve", "--port", "0", "--data-dir", str(directory), before=before)
    out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, ""), said
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    return said[len("Error: ") : -1]


def _filled(directory: Path) -> Path:
    """The file of a server that held messages, and was stopped."""
    with Process(directory) as server:
        with closing(server.client("sqs")) as sqs:
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
            for number in range(20):
                sqs.send_message(QueueUrl=url, MessageBody=f"{number} " * 5_000)
        server.stop()
    return directory / disk.FILE


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _text(file: Path) -> None:
    file.write_text("The coffee is ready.\n" * 50)


def _beginning(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0")


def _other_program(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE coffee (cup)")


def _later_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA application_id = 0xDECAF")
        connection.execute(f"PRAGMA user_version = {disk.VERSION + 1}")


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (_text, "is damaged, or no store of Decaf's"),
        (_beginning, "is damaged, or no store of Decaf's"),
        (_other_program, "is no store of Decaf's"),
        (_later_version, f"is of version {disk.VERSION + 1}; this Decaf reads up to {disk.VERSION}"),
    ],
)
def test_a_file_of_somebody_elses_is_left_alone(tmp_path: Path, write: Callable[[Path], None], why: str) -> None:
    file = tmp_path / disk.FILE
    write(file)
    before = _digest(file)
    assert _refusal(tmp_path) == f"{file} {why}"
    assert _digest(file) == before
    assert os.listdir(tmp_path) == [disk.FILE]


@pytest.mark.parametrize("part", [0.3, 0.5, 0.9])
def test_a_file_damaged_in_the_middle_is_left_as_it_is(tmp_path: Path, part: float) -> None:
    file = _filled(tmp_path)
    with file.open("r+b") as bytes_:
        bytes_.seek(int(file.stat().st_size * part) // 4096 * 4096)
        bytes_.write(b"\xff" * 8192)
    before = _digest(file)
    assert _refusal(tmp_path).startswith(f"{file} is damaged: ")
    assert _digest(file) == before


def test_a_file_cut_short_is_left_as_it_is(tmp_path: Path) -> None:
    file = _filled(tmp_path)
    os.truncate(file, file.stat().st_size // 2)
    before = _digest(file)
    assert _refusal(tmp_path).startswith(f"{file} is damaged: ")
    assert _digest(file) == before


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert _refusal(tmp_path / "file" / "data") == f"{tmp_path}/file/data cannot be made: Not a directory"
    assert _refusal(tmp_path / "file") == f"{tmp_path}/file cannot be made: File exists"


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    assert (
        _refusal(tmp_path, before=_as_others())
        == f"{tmp_path / disk.FILE} cannot be used: unable to open database file"
    )
    tmp_path.chmod(0o755)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    file = _filled(tmp_path)
    file.chmod(0o400)
    tmp_path.chmod(0o500)
    before = _digest(file)
    assert _refusal(tmp_path, before=_as_others()) == f"{file} cannot be used: attempt to write a readonly database"
    assert _digest(file) == before
    tmp_path.chmod(0o755)


def _as_others() -> tuple[str, ...]:
    """What comes before a command to have it run with no more rights than others have."""
    if os.getuid() != 0:
        return ()
    program = shutil.which("setpriv")
    if program is None:
        pytest.skip("root writes anywhere, and there is no setpriv to keep it from that")
    return (program, "--bounding-set=-dac_override,-dac_read_search")


def test_a_second_process_is_kept_out(tmp_path: Path) -> None:
    with Process(tmp_path) as server:
        assert _refusal(tmp_path) == f"{tmp_path / disk.FILE} is in use by another process"
        with closing(server.client("sqs")) as sqs:
            sqs.create_queue(QueueName="orders")
        server.kill()
        server.start()
        assert [queue.name for queue in server.control.queues()] == ["orders"]
