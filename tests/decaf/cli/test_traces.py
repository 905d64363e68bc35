"""`decaf record` and `decaf trace`: a running server recorded into a file, and the file shown."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path
from typing import Any

import pytest

from decaf.page.trace_file import data_of
from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

SEND = """
import boto3
sqs = boto3.client("sqs")
sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody="latte")
raise SystemExit(5)
"""


@pytest.fixture
def orders(decaf: Decaf) -> None:
    sqs = decaf.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="before")
    sqs.close()


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "decaf", *words],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read(file: Path) -> Any:
    return json.loads(data_of(file.read_text(encoding="utf-8")))


@pytest.mark.usefixtures("orders")
def test_what_happens_while_a_command_runs_is_recorded_and_its_exit_code_passed_on(tmp_path: Path) -> None:
    file = tmp_path / "shop.html"
    process = start("record", "--out", str(file), "--", sys.executable, "-c", SEND)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 5, said
    assert said == f"recorded 1 event into {file}\n"
    found = read(file)
    assert found["test"]["outcome"] == "failed"
    assert [each["body"] for each in found["data"]["events"]] == ["latte"]
    assert [each["visible"] for each in found["data"]["start"]["queues"]] == [1]
    assert [each["visible"] for each in found["data"]["queues"]] == [2]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("orders")
def test_without_a_command_it_records_until_it_is_ended(decaf: Decaf, tmp_path: Path, ending: signal.Signals) -> None:
    file = tmp_path / "shop.html"
    process = start("record", "--out", str(file), "--account", "000000000000")
    assert process.stderr is not None
    assert process.stderr.readline() == "recording, until Ctrl-C\n"
    sqs = decaf.client("sqs")
    sqs.create_queue(QueueName="drinks")
    sqs.close()
    process.send_signal(ending)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert [each["kind"] for each in read(file)["data"]["events"]] == ["QueueCreated"]


def test_nothing_is_recorded_where_no_server_answers(run: Command, tmp_path: Path) -> None:
    done = run("record", "--url", "http://127.0.0.1:1", "--out", str(tmp_path / "x.html"), "--", "true")
    assert done.exit_code == 3
    assert not (tmp_path / "x.html").exists()


@pytest.fixture
def file(run: Command, tmp_path: Path) -> Path:
    found = tmp_path / "shop.html"
    assert run("record", "--out", str(found), "--", "true").exit_code == 0
    return found


@pytest.mark.parametrize("there_is_one", [True, False])
def test_a_trace_opens_in_the_browser_or_its_address_is_printed(
    run: Command, file: Path, monkeypatch: pytest.MonkeyPatch, there_is_one: bool
) -> None:
    opened: list[str] = []

    def open_it(address: str) -> bool:
        opened.append(address)
        return there_is_one

    monkeypatch.setattr(webbrowser, "open", open_it)
    done = run("trace", str(file))
    assert opened == [file.as_uri()]
    assert (done.exit_code, done.stdout) == ((0, "") if there_is_one else (1, f"{file.as_uri()}\n"))


def test_the_data_of_a_trace_is_printed(run: Command, file: Path) -> None:
    assert json.loads(run("trace", str(file), "--json").stdout) == read(file)


def test_a_file_that_is_no_trace_is_refused(run: Command, tmp_path: Path) -> None:
    (tmp_path / "other.html").write_text("<p>hello</p>")
    done = run("trace", str(tmp_path / "other.html"))
    assert done.exit_code == 1
    assert "is not the file of a trace" in done.stderr


def test_a_trace_is_served_to_this_machine_alone(file: Path) -> None:
    process = start("trace", str(file), "--serve")
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    try:
        with urllib.request.urlopen(address) as response:
            assert response.read() == file.read_bytes()
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(urllib.request.Request(address, headers={"Host": "evil.example"}))
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
