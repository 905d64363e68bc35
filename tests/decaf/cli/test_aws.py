"""The AWS CLI with a server as its endpoint."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.decaf.cli.test_env import REAL

PROGRAM = """#!/bin/sh
for word; do echo "$word"; done
env | grep ^AWS_ | sort
exit 5
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with a program `aws` that prints its words and its variables."""
    file = tmp_path / "aws"
    file.write_text(PROGRAM)
    file.chmod(0o755)
    return tmp_path


def aws(*words: str, path: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DECAF_"))}
    return subprocess.run(
        [sys.executable, "-m", "decaf", "aws", *words],
        env=kept | REAL | {"PATH": path} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_called_with_the_endpoint_and_only_the_variables_of_decaf(program: Path) -> None:
    done = aws("sqs", "list-queues", "--output", "text", path=f"{program}:/usr/bin:/bin", DECAF_REGION="eu-west-1")
    assert (done.returncode, done.stderr) == (5, "")
    assert done.stdout.splitlines() == [
        "--endpoint-url",
        "http://127.0.0.1:4566",
        "sqs",
        "list-queues",
        "--output",
        "text",
        "AWS_ACCESS_KEY_ID=000000000000",
        "AWS_CONFIG_FILE=/dev/null",
        "AWS_DEFAULT_REGION=eu-west-1",
        "AWS_ENDPOINT_URL=http://127.0.0.1:4566",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false",
        "AWS_REGION=eu-west-1",
        "AWS_SECRET_ACCESS_KEY=decaf",
        "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
    ]


def test_server_and_account_are_those_that_are_named(program: Path) -> None:
    done = aws("--url", "127.0.0.1:9", "--account", "111122223333", "sqs", path=f"{program}:/usr/bin:/bin")
    lines = done.stdout.splitlines()
    assert lines[:3] == ["--endpoint-url", "http://127.0.0.1:9", "sqs"]
    assert "AWS_ACCESS_KEY_ID=111122223333" in lines
    assert "http://127.0.0.1:9" in aws("sqs", path=f"{program}:/usr/bin:/bin", DECAF_URL="127.0.0.1:9").stdout


def test_options_before_the_service_are_the_clis(program: Path) -> None:
    lines = aws("--debug", "sqs", path=f"{program}:/usr/bin:/bin").stdout.splitlines()
    assert lines[2:4] == ["--debug", "sqs"]


def test_without_the_cli_it_is_one_clear_line(tmp_path: Path) -> None:
    done = aws("sqs", "list-queues", path=str(tmp_path))
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr == "Error: the AWS CLI is not installed: there is no command aws\n"
