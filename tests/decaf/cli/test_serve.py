"""Running the server, what is said about it, and what people are told when they are wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_version() -> None:
    assert _decaf("version").stdout == "0.1.0\n"


def test_env_prints_what_points_an_sdk_here() -> None:
    assert _decaf("env", "--port", "5000", DECAF_REGION="eu-west-1").stdout.splitlines() == [
        "export AWS_ENDPOINT_URL=http://127.0.0.1:5000",
        "export AWS_ACCESS_KEY_ID=000000000000",
        "export AWS_SECRET_ACCESS_KEY=decaf",
        "export AWS_DEFAULT_REGION=eu-west-1",
        "export AWS_REGION=eu-west-1",
    ]


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = _decaf("serve", "--port", port)
    assert result.returncode == 1
    assert result.stderr == f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_bad_value_is_one_clear_line() -> None:
    result = _decaf("serve", "--port", "tcp")
    assert (result.returncode, result.stderr) == (1, "Error: --port: 'tcp' is not a whole number\n")


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
    assert result.stderr.startswith(f"Error: {name}: ")
    assert result.stderr.count("\n") == 1


def test_every_setting_is_explained() -> None:
    about = _decaf("serve", "--help").stdout
    for flag in ("--host", "--port", "--log-level", "--max-body", "--config"):
        assert flag in about


def test_an_origination_number_that_is_none_is_said_in_one_line() -> None:
    refused = _decaf("serve", "--port", "0", "--origination-numbers", '[{"PhoneNumber": "home"}]')
    assert refused.returncode == 1
    assert refused.stderr == "Error: origination_numbers: PhoneNumber is 'home', which is no phone number\n"


def test_a_snapshot_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    result = _decaf("serve", "--port", "0", "--snapshot", "state.json", folder=tmp_path)
    assert (result.returncode, result.stderr) == (1, "Error: snapshot: state.json: No such file or directory\n")


def test_a_snapshot_file_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{}")
    result = _decaf("serve", "--port", "0", "--snapshot", "state.json", folder=tmp_path)
    assert (result.returncode, result.stderr) == (1, "Error: snapshot: state.json: this is no snapshot of Decaf's\n")
