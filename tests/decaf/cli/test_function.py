"""Commands for the functions that notifications can invoke."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]


def test_functions_are_registered_listed_and_removed(run: Command, run_json: JsonCommand, tmp_path: Path) -> None:
    added = run("function", "add", "brew", "--handler", "coffee:brew", "--path", str(tmp_path), "--timeout", "10")
    assert added.exit_code == 0
    assert run_json("function", "add", "grind", "--at", "http://127.0.0.1:9000") == {}
    _, brew, grind = run("function", "list").stdout.splitlines()
    assert brew.split() == ["brew", "coffee:brew", "10", str(tmp_path)]
    assert grind.split()[:3] == ["grind", "http://127.0.0.1:9000", "3"]
    assert run_json("function", "remove", "brew") == {}
    assert [function["name"] for function in run_json("function", "list")] == ["grind"]


def test_the_folder_is_the_one_where_the_command_runs(run_json: JsonCommand) -> None:
    run_json("function", "add", "brew", "--handler", "coffee:brew")
    assert [function["path"] for function in run_json("function", "list")] == [str(Path.cwd())]


def test_a_bad_function_exits_with_1(run: Command) -> None:
    result = run("function", "add", "brew")
    assert (result.exit_code, result.stderr) == (1, "Error: brew needs either a handler, a command or a url\n")
    assert run("function", "remove", "brew").exit_code == 1
