"""Snapshots from Python: prepared once, had by many tests at a time, and by servers that start."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from decaf.testing import Control, Decaf, Refused, Settings

ACCOUNT, OTHER = "111111111111", "222222222222"


@pytest.fixture
def decaf() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, max_body=100_000, max_snapshot_file=200_000)) as started:
        yield started


@pytest.fixture
def mine(decaf: Decaf) -> Control:
    """The calls about an account that has a queue."""
    decaf.client("sqs", ACCOUNT).create_queue(QueueName="orders")
    return decaf.control.of(ACCOUNT)


def names(control: Control) -> list[str]:
    return [queue.arn.partition("us-east-1:")[2] for queue in control.queues()]


def test_the_calls_of_an_account_keep_and_restore_that_account(decaf: Decaf, mine: Control) -> None:
    assert mine.save_snapshot("mine").account == ACCOUNT
    decaf.client("sqs", OTHER).create_queue(QueueName="theirs")
    mine.reset()
    mine.restore_snapshot("mine")
    assert names(decaf.control) == [f"{ACCOUNT}:orders", f"{OTHER}:theirs"]
    decaf.control.of(OTHER).restore_snapshot("mine")
    assert names(decaf.control) == [f"{ACCOUNT}:orders", f"{OTHER}:orders"]


def test_a_file_goes_from_server_to_server(mine: Control) -> None:
    file = mine.download_snapshot()
    with Decaf() as another:
        assert another.control.of(OTHER).load_snapshot(file).account == ACCOUNT  # of which it was taken
        assert names(another.control) == [f"{OTHER}:orders"]
        another.control.load_snapshot(file)
        assert names(another.control) == [f"{ACCOUNT}:orders", f"{OTHER}:orders"]


def test_kept_ones_are_listed_and_removed(mine: Control) -> None:
    saved = mine.save_snapshot("mine")
    assert mine.snapshots() == [saved]
    assert mine.load_snapshot(mine.download_snapshot("mine"), "copy").name == "copy"
    mine.remove_snapshot("mine")
    assert [kept.name for kept in mine.snapshots()] == ["copy"]
    with pytest.raises(Refused, match="there is no snapshot mine"):
        mine.restore_snapshot("mine")


def test_whoever_waits_at_a_queue_that_is_replaced_is_answered(decaf: Decaf, mine: Control) -> None:
    mine.save_snapshot("mine")
    sqs = decaf.client("sqs", ACCOUNT)
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        while mine.queues()[0].polls == 0:
            pass
        mine.restore_snapshot("mine")
        assert "Messages" not in waiting.result(10)
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"


def test_files_may_be_longer_than_calls_and_not_longer_than_the_setting(decaf: Decaf, mine: Control) -> None:
    sqs = decaf.client("sqs", ACCOUNT)
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="x" * 70_000)
    file = mine.download_snapshot()
    assert mine.load_snapshot(file).messages == 2
    with pytest.raises(Refused, match="the request body is longer than 200000 bytes") as refused:
        mine.load_snapshot(file + b" " * 100_000)
    assert refused.value.status == 413


def test_a_server_starts_from_a_file(mine: Control, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(mine.download_snapshot())
    with Decaf(Settings(port=0, snapshot=str(file))) as started:
        assert names(started.control) == [f"{ACCOUNT}:orders"]


def test_a_restored_state_is_on_the_disk(mine: Control, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(mine.download_snapshot())
    kept = Settings(port=0, data_dir=str(tmp_path / "data"))
    with Decaf(replace(kept, snapshot=str(file))) as started:
        started.control.of(OTHER).load_snapshot(file.read_bytes())
    with Decaf(kept) as again:
        assert names(again.control) == [f"{ACCOUNT}:orders", f"{OTHER}:orders"]
        again.control.reset(OTHER)
    with Decaf(replace(kept, snapshot=str(file))) as again:
        assert names(again.control) == [f"{ACCOUNT}:orders"]
        again.client("sqs", ACCOUNT).create_queue(QueueName="more")
        again.control.of(ACCOUNT).restore_snapshot(again.control.load_snapshot(file.read_bytes(), "x").name or "")
    with Decaf(kept) as again:
        assert names(again.control) == [f"{ACCOUNT}:orders"]


def test_a_file_that_a_data_directory_makes_needless_is_not_read(mine: Control, tmp_path: Path) -> None:
    kept = Settings(port=0, data_dir=str(tmp_path / "data"))
    with Decaf(kept) as started:
        started.control.load_snapshot(mine.download_snapshot())
    with Decaf(replace(kept, snapshot=str(tmp_path / "none.json"))) as again:
        assert names(again.control) == [f"{ACCOUNT}:orders"]
