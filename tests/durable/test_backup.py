"""A copy made under load is whole, and a server starts from it."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.control.route import Refused
from emulator.state import disk
from emulator.testing import Decaf
from tests.durable.calls import Calls
from tests.durable.process import Process


def test_a_copy_made_under_load_has_all_that_was_answered_before(tmp_path: Path) -> None:
    promised: list[str] = []
    over = threading.Event()

    def send(port: int, name: int) -> None:
        with Calls(port) as calls:
            while not over.is_set():
                sent = calls.sqs("SendMessage", QueueUrl="orders", MessageBody=f"{name} " * 500)
                promised.append(sent["MessageId"])

    with Process(tmp_path / "data") as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
        threads = [threading.Thread(target=send, args=(server.port, name)) for name in range(4)]
        for thread in threads:
            thread.start()
        while len(promised) < 50:
            over.wait(0.01)
        before = set(promised)
        copied = CliRunner().invoke(main, ["backup", str(tmp_path / "copy"), "--url", server.url])
        over.set()
        for thread in threads:
            thread.join(30)
        after = {message.id for message in server.control.messages("orders")}
    assert copied.exit_code == 0, copied.output
    assert copied.output == f"{(tmp_path / 'copy').stat().st_size:,} bytes in {tmp_path / 'copy'}\n"
    assert {file.name for file in (tmp_path / "data").iterdir()} <= {disk.FILE, f"{disk.FILE}-wal"}
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "copy", tmp_path / "other" / disk.FILE)
    with Process(tmp_path / "other") as server:
        there = {message.id for message in server.control.messages("orders")}
    assert before <= there <= after


def test_without_a_data_directory_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with Decaf() as decaf:
        with pytest.raises(Refused, match="there is no data directory to make a copy of") as refusal:
            decaf.control.backup(tmp_path / "copy")
        assert refusal.value.status == 409
        said = CliRunner().invoke(main, ["backup", str(tmp_path / "missing" / "copy"), "--url", decaf.url])
    assert (said.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert said.output == f"Error: {tmp_path / 'missing' / 'copy'} cannot be written: No such file or directory\n"
