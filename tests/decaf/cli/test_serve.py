"""Running the server: its help, its settings, and the errors that people see."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from decaf.base.settings import SETTINGS
from decaf.cli import main

ROOT = Path(__file__).parent.parent.parent.parent


def _decaf(*words: str, folder: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
    return subprocess.run(
        [sys.executable, "-m", "decaf", *words],
        env=kept | {"PYTHONPATH": str(ROOT)} | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def _first_lines(*flags: str, **environment: str) -> str:
    """What the server prints until it is stopped, as soon as it is ready."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DECAF_")}
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0", *flags]
    with subprocess.Popen(command, env=kept | environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        ready = server.stdout.readline()
        server.terminate()
        return ready + server.stdout.read()


def test_it_names_the_page_for_a_browser() -> None:
    ready, page, *_ = _first_lines().splitlines()
    assert page == f"In a browser: {ready.rpartition(' ')[2]}/"
    assert "\nIn a browser: http://127.0.0.1:" in _first_lines("--host", "0.0.0.0")


def test_a_server_for_other_machines_prints_the_token_of_its_control_api() -> None:
    line = r"DECAF_CONTROL_TOKEN=([\w-]{32})$"
    tokens = [re.findall(line, _first_lines("--host", "0.0.0.0"), re.MULTILINE) for _ in range(2)]
    assert [len(found) for found in tokens] == [1, 1]
    assert tokens[0] != tokens[1]
    assert "DECAF_CONTROL_TOKEN=mine" in _first_lines("--host", "0.0.0.0", DECAF_CONTROL_TOKEN="mine")


@pytest.mark.parametrize("flags", [(), ("--host", "0.0.0.0", "--control-from", "anywhere")])
def test_no_token_is_made_where_none_is_needed(flags: tuple[str, ...]) -> None:
    assert "DECAF_CONTROL_TOKEN" not in _first_lines(*flags)


def test_the_port_is_in_a_file_while_the_server_is_ready(tmp_path: Path) -> None:
    file = tmp_path / "port"
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0", "--port-file", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        ready = server.stdout.readline()
        assert ready.endswith(f":{file.read_text()}")
        server.terminate()
    assert list(tmp_path.iterdir()) == []


def test_it_stops_with_its_input_when_asked_to() -> None:
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0", "--until-input-ends"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert " ready on " in server.stdout.readline()
        server.stdin.write("this is not the end")
        server.stdin.flush()
        assert server.poll() is None
        server.stdin.close()
        assert server.wait(60) == 0


def test_it_ends_before_it_is_ready_when_its_input_ends() -> None:
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0", "--until-input-ends"]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert ended.returncode in (0, -signal.SIGTERM)


def test_a_port_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    result = _decaf("serve", "--port", "0", "--port-file", "no/port", folder=tmp_path)
    assert (result.returncode, result.stderr) == (1, "Error: no/port cannot be written: No such file or directory\n")


def test_an_origin_that_is_none_is_one_clear_line() -> None:
    refused = _decaf("serve", "--port", "0", "--cors-origin", "localhost")
    assert refused.returncode == 1
    line = "Error: cors_origin: 'localhost' is not a web origin, such as http://localhost:3000\n"
    assert refused.stderr == line


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = _decaf("serve", "--port", port)
    assert result.returncode == 1
    hint = "(choose another with --port; 0 takes a free one)"
    assert result.stderr == f"Error: cannot listen on 127.0.0.1:{port}: Address already in use {hint}\n"


@pytest.mark.parametrize(
    ("flag", "value", "reason"),
    [
        ("--port", "tcp", "'tcp' is not a whole number from 0 to 65535"),
        ("--queues", "orders", "'orders' is not a list of tables"),
        ("--durability", "always", "'always' is not one of 'commit', 'second', 'none'."),
    ],
)
def test_a_bad_value_is_one_clear_line(flag: str, value: str, reason: str) -> None:
    result = CliRunner().invoke(main, ["serve", flag, value])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"Error: Invalid value for '{flag}': {reason}"


def test_a_bad_variable_is_one_clear_line() -> None:
    result = _decaf("serve", DECAF_PORT="tcp")
    assert result.returncode == 1
    assert result.stderr == "Error: DECAF_PORT: 'tcp' is not a whole number from 0 to 65535\n"


def test_an_unknown_variable_is_warned_about() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:  # so that the server ends at once
        port = str(taken.getsockname()[1])
        result = _decaf("serve", DECAF_PORT=port, DECAF_REGIN="eu-west-1")
    assert result.stderr.splitlines()[0] == "Warning: there is no setting DECAF_REGIN. Did you mean DECAF_REGION?"
    assert "cannot listen" in result.stderr


def test_an_unknown_flag_is_named() -> None:
    result = _decaf("serve", "--prot", "1")
    assert result.returncode == 2
    assert "No such option" in result.stderr
    assert "--prot" in result.stderr


@pytest.mark.parametrize("name", ["decaf.toml", "other.toml"])
def test_a_bad_config_file_is_one_clear_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("port = \n")
    flags = [] if name == "decaf.toml" else ["--config", name]
    result = _decaf("serve", *flags, folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: {name}:1: Invalid value")
    assert result.stderr.count("\n") == 1


def test_the_help_has_the_common_settings_by_subject_and_fits_two_screens() -> None:
    lines = CliRunner().invoke(main, ["serve", "--help"]).stdout.splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 80
    assert [line for line in lines[1:] if line[:1].strip()] == [
        "Server:",
        "State:",
        "Resources created at the start:",
        "Deliveries of SNS:",
        "Other options:",
    ]
    for flag in ("--host", "--port", "--log-level", "--data-dir", "--init", "--config", "--help-all"):
        assert any(line.startswith(f"  {flag} ") for line in lines)
    assert not any("--max-body" in line for line in lines)


def test_every_setting_is_in_the_help_of_all() -> None:
    lines = CliRunner().invoke(main, ["serve", "--help-all"]).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    for setting in SETTINGS.values():
        (line,) = (line for line in lines if line.startswith(f"  {setting.flag} "))
        assert all(choice in line for choice in setting.choices)


def test_a_bad_origination_number_is_one_clear_line() -> None:
    refused = _decaf("serve", "--port", "0", "--origination-numbers", '[{"PhoneNumber": "home"}]')
    assert refused.returncode == 1
    assert refused.stderr == "Error: origination_numbers: PhoneNumber is 'home', which is not a phone number\n"


def test_a_missing_snapshot_file_is_one_clear_line(tmp_path: Path) -> None:
    result = _decaf("serve", "--port", "0", "--snapshot", "state.json", folder=tmp_path)
    assert (result.returncode, result.stderr) == (1, "Error: snapshot: state.json: No such file or directory\n")


def test_a_file_that_is_no_snapshot_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{}")
    result = _decaf("serve", "--port", "0", "--snapshot", "state.json", folder=tmp_path)
    assert (result.returncode, result.stderr) == (1, "Error: snapshot: state.json: this is no snapshot of Decaf's\n")


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        (("--store", "mysql://cafe:secret@db.test/decaf"), "store: the URL of a database starts with postgresql://"),
        (
            ("--store", "postgresql://cafe:secret@db.test/decaf", "--data-dir", "data"),
            "store: the state is in a database or in data_dir, not in both",
        ),
        (
            ("--store", "postgresql://cafe:secret@db.test/decaf", "--node-address", "x"),
            "node_address: 'x' is not host:port",
        ),
        (("--shards", "4"), "shards: is for nodes that share a database, which store names"),
        (
            ("--node-address", "127.0.0.1:7000"),
            "node_address: is for nodes that share a database, which store names",
        ),
    ],
)
def test_a_store_that_cannot_be_used_is_one_clear_line(flags: tuple[str, ...], error: str) -> None:
    result = _decaf("serve", "--port", "0", *flags)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: {error}")
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr
