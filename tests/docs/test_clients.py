"""The page on clients: who reads which variable, as far as those clients are installed for the tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from decaf.cli import NAMES

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
OLD = ROOT / ".venv-legacy" / "bin"

ENDPOINTS = "import boto3; print(*(boto3.client(name).meta.endpoint_url for name in ('sqs', 'sns', 'sts')))"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`decaf run`; nothing that the command calls is outside this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DECAF_"))}
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "decaf", "run", *words],
        env=kept | nowhere,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("python", [sys.executable, str(OLD / "python")], ids=["boto3", "boto3 of 2023"])
@pytest.mark.parametrize("flags", [(), ("--all",)], ids=["services", "all"])
def test_boto3_reads_them(python: str, flags: tuple[str, ...]) -> None:
    urls = run(*flags, "--", python, "-c", ENDPOINTS).stdout.split()
    assert len(urls) == 3
    assert len(set(urls)) == 1
    assert urls[0].startswith("http://127.0.0.1:")


def test_the_aws_cli_1_reads_them_for_sns_and_sts_but_not_for_sqs() -> None:
    aws = str(OLD / "aws")
    assert run("--all", "--", aws, "sns", "list-topics").returncode == 0
    assert run("--all", "--", aws, "sts", "get-caller-identity").returncode == 0
    refused = run("--all", "--", aws, "sqs", "list-queues")
    assert refused.returncode != 0
    assert "127.0.0.1:9" in refused.stderr


def test_with_decaf_aws_it_calls_the_server() -> None:
    command = f"{sys.executable} -m decaf aws sqs create-queue --queue-name orders --query QueueUrl --output text"
    done = run("--", "sh", "-c", f"PATH={OLD}:$PATH {command}")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/000000000000/orders\n", done.stdout)


def test_versions_that_are_tested_are_on_the_page() -> None:
    for program, package in ((OLD / "python", "boto3"), (OLD / "python", "awscli"), (sys.executable, "boto3")):
        show = f"from importlib.metadata import version; print(version('{package}'))"
        done = subprocess.run([program, "-c", show], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.strip() in PAGE


def test_its_commands_exist() -> None:
    assert set(re.findall(r"\bdecaf ([a-z][\w-]*)", PAGE)) - {"commands"} <= NAMES
