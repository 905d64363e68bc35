"""`decaf snapshot`: the state kept, listed, put back, and as a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from decaf.cli import main
from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]
ACCOUNT, OTHER = "000000000000", "222222222222"


def queues(run_json: JsonCommand) -> list[tuple[str, str]]:
    return [(queue["account"], queue["name"]) for queue in run_json("queues")]


def test_save_change_restore(run: Command, run_json: JsonCommand, decaf: Decaf, orders: str) -> None:
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    names, row = run("snapshot", "save", "prepared").stdout.splitlines()
    assert names.split() == ["NAME", "TAKEN", "ACCOUNT", "QUEUES", "TOPICS", "MESSAGES", "BYTES"]
    assert (row.split()[0], row.split()[3:-1]) == ("prepared", ["all", "1", "0", "1"])
    assert run("snapshot", "list").stdout.splitlines() == [names, row]
    decaf.client("sqs").delete_queue(QueueUrl=orders)
    assert run("snapshot", "restore", "prepared").stdout.splitlines() == [names, row]
    assert [message["body"] for message in run_json("peek", "orders")] == ["latte"]


def test_the_state_of_one_account_is_restored_into_another(run: Command, run_json: JsonCommand, orders: str) -> None:
    assert run_json("snapshot", "save", "mine", "--account", ACCOUNT)["account"] == ACCOUNT
    run_json("snapshot", "restore", "mine", "--into", OTHER)
    run_json("snapshot", "restore", "mine", "--account", "333333333333")
    assert queues(run_json) == [(ACCOUNT, "orders"), (OTHER, "orders"), ("333333333333", "orders")]


def test_removed_is_gone(run: Command, run_json: JsonCommand) -> None:
    run_json("snapshot", "save", "prepared")
    assert [listed["name"] for listed in run_json("snapshot", "list")] == ["prepared"]
    assert run("snapshot", "remove", "prepared").exit_code == 0
    assert run_json("snapshot", "list") == []


def test_a_file_is_written_and_loaded(run: Command, run_json: JsonCommand, orders: str, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    assert run("snapshot", "download", "-o", str(file), "--account", ACCOUNT).stdout == ""
    assert json.loads(file.read_bytes().splitlines()[0])["account"] == ACCOUNT
    assert run_json("snapshot", "load", str(file), "--into", OTHER)["name"] is None
    run_json("reset", "--account", ACCOUNT)
    run_json("snapshot", "load", str(file), "--name", "kept")
    assert queues(run_json) == [(OTHER, "orders")]
    assert run("snapshot", "download", "kept").stdout_bytes == file.read_bytes()
    run_json("snapshot", "load", str(file))
    assert queues(run_json) == [(ACCOUNT, "orders"), (OTHER, "orders")]


def test_a_file_comes_from_standard_input(decaf: Decaf, run_json: JsonCommand, orders: str) -> None:
    file = decaf.control.download_snapshot()
    decaf.control.reset()
    result = CliRunner().invoke(main, ("snapshot", "load", "-"), input=file)
    assert result.exit_code == 0, result.output
    assert queues(run_json) == [(ACCOUNT, "orders")]


@pytest.mark.parametrize("words", [("restore", "x"), ("remove", "x"), ("download", "x")])
def test_a_snapshot_that_there_is_not(run: Command, words: tuple[str, ...]) -> None:
    result = run("snapshot", *words)
    assert (result.exit_code, result.stderr) == (1, "Error: there is no snapshot x\n")


def test_a_file_that_is_no_snapshot_is_refused(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("{}")
    result = run("snapshot", "load", str(file))
    assert (result.exit_code, result.stderr) == (1, "Error: this is no snapshot of Decaf's\n")


def test_wrong_arguments_exit_with_2(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("{}")
    assert run("snapshot", "load", str(file), "--name", "x", "--into", OTHER).exit_code == 2
    assert run("snapshot", "load", str(tmp_path / "none.json")).exit_code == 2
    assert run("snapshot", "save").exit_code == 2


def test_without_a_server_it_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECAF_URL", "http://127.0.0.1:9")
    assert CliRunner().invoke(main, ("snapshot", "list")).exit_code == 3
