"""Commands for the functions that notifications can invoke."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from decaf.testing import Decaf
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


def test_the_password_in_a_url_is_masked(run: Command) -> None:
    run("function", "add", "grind", "--at", "http://barista:secret@127.0.0.1:9000")
    listed = run("function", "list", "--wide").stdout
    assert "barista:****@" in listed
    assert "secret" not in listed


def test_the_folder_is_the_one_where_the_command_runs(run_json: JsonCommand) -> None:
    run_json("function", "add", "brew", "--handler", "coffee:brew")
    assert [function["path"] for function in run_json("function", "list")] == [str(Path.cwd())]


def test_a_bad_function_exits_with_1(run: Command) -> None:
    result = run("function", "add", "brew")
    assert (result.exit_code, result.stderr) == (1, "Error: brew needs either a handler, a command or a url\n")
    assert run("function", "remove", "brew").exit_code == 1


def test_a_command_can_be_a_function(run: Command, run_json: JsonCommand) -> None:
    run("function", "add", "echo", "--run", "cat -", "--env", "CUP=large", "--concurrency", "2")
    (echo,) = run_json("function", "list")
    assert (echo["command"], echo["environment"], echo["reserved_concurrency"]) == (["cat", "-"], {"CUP": "large"}, 2)
    assert run("function", "list").stdout.splitlines()[1].split()[:3] == ["echo", "cat", "-"]
    assert run_json("function", "invoke", "echo", "--event", '{"drink": "latte"}')["result"] == {"drink": "latte"}
    wrong = run("function", "add", "echo", "--run", "cat", "--env", "CUP")
    assert (wrong.exit_code, "'CUP' is not of the form NAME=VALUE" in wrong.stderr) == (2, True)


def test_a_function_is_invoked_and_its_log_is_shown(run: Command, tmp_path: Path) -> None:
    (tmp_path / "coffee.py").write_text(
        "def brew(event, context):\n    print('brewing')\n    return {'served': event['drink']}\n"
        "def fail(event, context):\n    raise ValueError('out of milk')\n"
    )
    for name in ("brew", "fail"):
        run("function", "add", name, "--handler", f"coffee.{name}", "--path", str(tmp_path))
    event = tmp_path / "event.json"
    event.write_text('{"drink": "latte"}')
    invoked = run("function", "invoke", "brew", "--event", f"@{event}")
    assert (invoked.exit_code, invoked.stdout, invoked.stderr) == (0, '{\n  "served": "latte"\n}\n', "brewing\n")
    failed = run("function", "invoke", "fail")
    assert (failed.exit_code, json.loads(failed.stdout)["errorMessage"]) == (1, "out of milk")
    lines = run("function", "logs", "brew").stdout.splitlines()
    assert (lines[0].split()[0], lines[1], lines[-1].split()[0]) == ("START", "brewing", "REPORT")
    assert len(run("function", "logs", "--json").stdout.splitlines()) == 2
    heads = [line for line in run("function", "logs").stdout.splitlines() if line.startswith(("brew, ", "fail, "))]
    assert [line.partition(", ")[0] for line in heads] == ["brew", "fail"]
    unknown = run("function", "logs", "grind")
    assert (unknown.exit_code, unknown.stderr) == (1, "Error: there is no function grind\n")


def test_a_function_is_invoked_later(run: Command, tmp_path: Path) -> None:
    run("function", "add", "touch", "--run", f"touch {tmp_path / 'done'}")
    invoked = run("function", "invoke", "touch", "--asynchronous")
    assert (invoked.exit_code, len(invoked.stdout.strip())) == (0, 36)
    run("advance", "0")
    assert (tmp_path / "done").exists()


def test_an_event_has_to_be_json(run: Command) -> None:
    run("function", "add", "echo", "--run", "cat")
    assert run("function", "invoke", "echo", "--event", "{").exit_code == 2
    assert run("function", "invoke", "echo", "--event", "@no-such-file").exit_code == 2
    assert run("function", "invoke", "grind").exit_code == 1


def test_a_log_is_followed_until_the_server_stops(decaf: Decaf) -> None:
    decaf.control.add_function("echo", command=("sh", "-c", "echo $NAME >&2"), environment={"NAME": "brewing"})
    words = ["function", "logs", "echo", "--follow", "--url", decaf.url]
    with subprocess.Popen([sys.executable, "-m", "decaf", *words], stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        for _ in range(2):
            decaf.control.invoke_function("echo")
            lines = [following.stdout.readline() for _ in range(4)]
            assert (lines[0].split()[0], lines[1], lines[3].split()[0]) == ("START", "brewing\n", "REPORT")
        decaf.stop()
        assert following.wait(30) == 3
