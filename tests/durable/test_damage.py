"""Files whose bytes have changed, or that were cut off: a beginning of what was acknowledged is read, or none and why.

Several kinds of bytes are changed in each usual run, in a long one many more.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.persistence.disk import FILE, Disk
from decaf.persistence.errors import Unusable
from decaf.persistence.write_ahead_log import unreadable_commits
from tests.durable.calls import Calls
from tests.durable.process import Process

SENT = 60  # each in a commit of its own
LOG = f"{FILE}-wal"
MANY = settings(max_examples=60, deadline=None, derandomize="DECAF_LONG" not in os.environ)
if "DECAF_LONG" in os.environ:
    MANY = settings(max_examples=5_000, deadline=None)

places = st.floats(0, 1, exclude_max=True)
bits = st.integers(1, 255)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a server that was killed after it acknowledged messages "0", "1" and so on."""
    directory = tmp_path_factory.mktemp("killed")
    with Process(directory) as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            for number in range(SENT):
                calls.sqs("SendMessage", QueueUrl="orders", MessageBody=str(number))
        server.kill()
    return directory


def _read(directory: Path, files: dict[str, bytes]) -> list[str] | Unusable:
    """The messages in a directory with these files, or why it cannot be used."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for name, content in files.items():
        (directory / name).write_bytes(content)
    try:
        disk = Disk(directory, "commit")
    except Unusable as error:
        return error
    try:
        contents = disk.load()
    except Unusable as error:
        return error
    finally:
        disk.close()
    return [message.body for messages in contents.messages.values() for message in messages]


def _files(directory: Path) -> dict[str, bytes]:
    return {name: (directory / name).read_bytes() for name in (FILE, LOG)}


def _flipped(content: bytes, place: float, bits: int) -> bytes:
    at = int(place * len(content))
    return content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]


ALL = list(map(str, range(SENT)))


def test_what_was_acknowledged_is_in_the_log(killed: Path, tmp_path: Path) -> None:
    assert _read(tmp_path / "copy", _files(killed)) == ALL
    assert unreadable_commits(_files(killed)[LOG], killed / FILE) == 0


@MANY
@given(places, bits)
def test_a_changed_byte_in_the_log_is_noticed_unless_only_the_last_commit_is_lost(
    killed: Path, tmp_path_factory: pytest.TempPathFactory, place: float, bits: int
) -> None:
    directory = tmp_path_factory.getbasetemp() / "flipped"
    files = _files(killed)
    read = _read(directory, files | {LOG: _flipped(files[LOG], place, bits)})
    if isinstance(read, Unusable):
        assert str(read).startswith(f"{directory / LOG} is damaged: ")
        assert "Restore a backup, or move this file away" in str(read)
        assert (directory / FILE).read_bytes() == files[FILE], "nothing was written"
    else:
        assert read in (ALL, ALL[:-1])


@MANY
@given(places)
def test_a_log_that_was_cut_off_is_read_up_to_there(
    killed: Path, tmp_path_factory: pytest.TempPathFactory, place: float
) -> None:
    directory = tmp_path_factory.getbasetemp() / "cut"
    files = _files(killed)
    read = _read(directory, files | {LOG: files[LOG][: int(place * len(files[LOG]))]})
    assert isinstance(read, list)
    assert read == ALL[: len(read)]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a server that was stopped, with the same messages, and some of everything else."""
    directory = tmp_path_factory.mktemp("stopped")
    with Process(directory) as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            calls.sqs("CreateQueue", QueueName="a.fifo", Attributes={"FifoQueue": "true"})
            send = {"QueueUrl": "a.fifo", "MessageBody": "latte", "MessageGroupId": "g"}
            calls.sqs("SendMessage", **send, MessageDeduplicationId="it's")
            calls.sns("Publish", PhoneNumber="+491511111111", Message="ready")
            for number in range(SENT):
                calls.sqs("SendMessage", QueueUrl="orders", MessageBody=str(number))
        server.stop()
    return directory / FILE


@MANY
@given(places, bits)
def test_a_changed_byte_in_the_file_is_noticed_or_means_nothing(
    stopped: Path, tmp_path_factory: pytest.TempPathFactory, place: float, bits: int
) -> None:
    directory = tmp_path_factory.getbasetemp() / "changed"
    read = _read(directory, {FILE: _flipped(stopped.read_bytes(), place, bits)})
    if isinstance(read, Unusable):
        assert str(read).startswith(f"{directory / FILE} ")
    else:
        assert sorted(read) == sorted([*ALL, "latte"])


@pytest.mark.parametrize(
    ("text", "table", "where"),
    [
        (b"latte", "messages", "key = 2199023255553"),
        (b"ready", "inbox", "number = 1"),
        (b'"deduplication_id":"it\'s","at":', "remembered", "kind = 'sent' AND owner = 'arn:aws:sqs:us-east-1:"),
        (b'{"arn":', "documents", "kind = 'queue' AND key = 'arn:aws:sqs:us-east-1:000000000000:"),
    ],
)
@pytest.mark.parametrize("changed", [b"\xff", b"?"])
def test_a_record_whose_text_has_changed_is_named_and_can_be_left_out(
    stopped: Path, tmp_path: Path, text: bytes, table: str, where: str, changed: bytes
) -> None:
    file = stopped.read_bytes()
    at = file.rfind(text) + len(text) - 1
    said = str(_read(tmp_path, {FILE: file[:at] + changed + file[at + 1 :]}))
    damage = f"{tmp_path / FILE} is damaged: a record in its table {table} has changed since it was written, that with "
    assert said.startswith(damage + where)
    _, _, remedy = said.partition(". Restore a backup, or start without the record: ")
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute(remedy)
    left = Disk(tmp_path, "commit")
    assert len(left.load().messages) >= 1
    left.close()


def _leaf(file: bytes) -> int:
    """Where the last page that has rows of a table begins."""
    pages = range(0, len(file), 4096)
    return next(at for at in reversed(pages) if file[at] == 13)


def test_a_database_that_has_lost_rows_is_refused_after_a_kill(tmp_path: Path) -> None:
    with Process(tmp_path / "data") as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            for number in range(SENT):
                calls.sqs("SendMessage", QueueUrl="orders", MessageBody=str(number))
        server.stop()
    whole = (tmp_path / "data" / FILE).read_bytes()
    assert _read(tmp_path / "copy", {FILE: whole, LOG: b""}) == ALL
    at = _leaf(whole)
    rows = int.from_bytes(whole[at + 3 : at + 5], "big")
    damaged = whole[: at + 3] + (rows - 1).to_bytes(2, "big") + whole[at + 5 :]
    read = _read(tmp_path / "copy", {FILE: damaged, LOG: b""})
    assert isinstance(read, Unusable)
    assert str(read).startswith(f"{tmp_path / 'copy' / FILE} is damaged: ")


def test_every_bit_of_the_logs_header_counts(killed: Path, tmp_path: Path) -> None:
    files = _files(killed)
    for at in range(32):
        read = _read(tmp_path / "copy", files | {LOG: _flipped(files[LOG], at / len(files[LOG]), 1)})
        assert isinstance(read, Unusable), at


def test_a_log_that_was_begun_anew_as_the_process_ended_loses_nothing(killed: Path, tmp_path: Path) -> None:
    """SQLite begins a log anew once all of it is in the database: the number of times grows, then the rest follows."""
    log = _files(killed)[LOG]
    number = int.from_bytes(log[12:16], "big") + 1
    begun = log[:12] + number.to_bytes(4, "big") + log[16:]
    assert isinstance(_read(tmp_path / "lost", _files(killed) | {LOG: begun}), Unusable)
    _read(tmp_path / "whole", _files(killed))  # which has SQLite copy the log into the database
    assert _read(tmp_path / "begun", {FILE: (tmp_path / "whole" / FILE).read_bytes(), LOG: begun}) == ALL


def test_without_the_damaged_log_the_server_starts_from_the_state_before_it(killed: Path, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(_files(killed)[FILE])
    (tmp_path / LOG).write_bytes(_flipped(_files(killed)[LOG], 0.2, 1))
    with pytest.raises(AssertionError, match="is damaged"), Process(tmp_path):
        """It does not start."""
    (tmp_path / LOG).unlink()
    with Process(tmp_path) as server:
        assert server.control.queues() == []
