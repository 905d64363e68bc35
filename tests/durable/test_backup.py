"""A copy made under load is whole, and a server starts from it."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from decaf.base.settings import Settings
from decaf.cli import main
from decaf.control.route import Refused
from decaf.persistence import disk
from decaf.testing import Decaf
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


def test_a_copy_can_be_had_as_a_snapshot(tmp_path: Path) -> None:
    with Decaf(Settings(port=0, data_dir=str(tmp_path / "data"))) as kept:
        sqs = kept.client("sqs")
        url = sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        for drink in ("latte", "decaf"):
            sqs.send_message(QueueUrl=url, MessageBody=drink, MessageGroupId="bar", MessageDeduplicationId=drink)
        handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
        kept.client("sns").create_topic(Name="news")
        kept.control.backup(tmp_path / "copy")
    for file in (tmp_path / "copy", tmp_path / "data" / disk.FILE):
        with Decaf() as other:
            loaded = CliRunner().invoke(main, ["snapshot", "load", str(file), "--url", other.url])
            assert loaded.exit_code == 0, loaded.output
            sqs = other.client("sqs")
            url = sqs.get_queue_url(QueueName="orders.fifo")["QueueUrl"]
            assert "Messages" not in sqs.receive_message(QueueUrl=url)  # the group is locked still
            sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
            assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "decaf"
            sqs.send_message(QueueUrl=url, MessageBody="again", MessageGroupId="bar", MessageDeduplicationId="latte")
            assert [message.body for message in other.control.messages("orders.fifo")] == ["decaf"]
            assert len(other.client("sns").list_topics()["Topics"]) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda file: file[:5_000], "the file is damaged: "),
        (lambda file: file[:50], "the file is damaged, or no store of Decaf's"),
        (lambda file: file[:68] + b"ABCD" + file[72:], "the file is no store of Decaf's"),
        (lambda file: file[:60] + b"\0\0\0\x09" + file[64:], "the file is of version 9; this Decaf reads up to 2"),
    ],
)
def test_a_copy_that_is_no_good_is_refused(tmp_path: Path, change: Callable[[bytes], bytes], why: str) -> None:
    with Decaf(Settings(port=0, data_dir=str(tmp_path))) as decaf:
        decaf.client("sqs").create_queue(QueueName="orders")
        decaf.control.backup(tmp_path / "copy")
        with pytest.raises(Refused, match=re.escape(why)):
            decaf.control.load_snapshot(change((tmp_path / "copy").read_bytes()))
        assert len(decaf.client("sqs").list_queues()["QueueUrls"]) == 1


def test_a_data_directory_starts_from_a_snapshot_and_then_goes_on_by_itself(tmp_path: Path) -> None:
    with Decaf() as first:
        first.client("sqs").create_queue(QueueName="orders")
        (tmp_path / "file").write_bytes(first.control.download_snapshot())
    settings = Settings(port=0, data_dir=str(tmp_path / "data"), snapshot=str(tmp_path / "file"))
    for expected in ({"orders"}, {"orders", "more"}):
        with Decaf(settings) as decaf:
            assert {queue.name for queue in decaf.control.queues()} == expected
            decaf.client("sqs").create_queue(QueueName="more")


def test_without_a_data_directory_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with Decaf() as decaf:
        with pytest.raises(Refused, match="the server has no data directory to copy") as refusal:
            decaf.control.backup(tmp_path / "copy")
        assert refusal.value.status == 409
        said = CliRunner().invoke(main, ["backup", str(tmp_path / "missing" / "copy"), "--url", decaf.url])
    assert (said.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert said.output == f"Error: {tmp_path / 'missing' / 'copy'} cannot be written: No such file or directory\n"
