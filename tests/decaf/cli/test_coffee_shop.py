"""The command that plays the coffee shop: against a running server, or one of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command


def test_it_plays_against_a_running_server_and_leaves_its_queues(run: Command, decaf: Decaf) -> None:
    result = run("coffee-shop")
    assert result.exit_code == 0, result.output
    (account,) = re.findall(r"still there, in account (\d{12}):", result.output)
    assert "orders" in [queue.name for queue in decaf.control.of(account).queues()]


def test_it_deletes_them_if_wanted(run: Command, decaf: Decaf) -> None:
    assert run("coffee-shop", "--clean").exit_code == 0
    assert decaf.control.queues() == []


def test_without_a_server_it_starts_one_that_stops_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DECAF_URL", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DECAF_PORT", "1")  # where no server is
    command = [sys.executable, "-m", "decaf", "coffee-shop"]
    done = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All counts are as expected." in done.stdout
    assert "decaf start --detach && decaf coffee-shop" in done.stdout
    assert (done.stderr, [*tmp_path.iterdir()]) == ("", [])


def test_an_address_where_nobody_listens_is_one_clear_line(run: Command) -> None:
    assert run("coffee-shop", "--endpoint", "http://127.0.0.1:1").exit_code == 2
