"""Commands for the queues whose messages invoke a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]


@pytest.fixture(autouse=True)
def _shop(decaf: Decaf, run: Command) -> Iterator[None]:
    run("create-queue", "orders")
    run("function", "add", "brew", "--at", "http://127.0.0.1:9")
    yield
    run("function", "remove", "brew")


def test_a_queue_is_mapped_switched_and_unmapped(run: Command, run_json: JsonCommand) -> None:
    uuid = run("function", "map", "orders", "brew", "--batch-size", "5", "--reports-failures").stdout.strip()
    _, line = run("function", "mappings", "--queue", "orders").stdout.splitlines()
    assert line.split() == ["orders", "brew", "Enabled", "5", "0", "0", "0", uuid]
    assert run_json("function", "disable", uuid) == {}
    assert [each["state"] for each in run_json("function", "mappings")] == ["Disabled"]
    assert run_json("function", "enable", uuid) == {}
    assert run_json("function", "unmap", uuid) == {}
    assert run_json("function", "mappings") == []


def test_its_latest_batches_are_shown(run: Command, run_json: JsonCommand) -> None:
    uuid = run_json("function", "map", "orders", "brew", "--disabled")["uuid"]
    assert run_json("function", "runs", uuid) == []
    heads = ["RUN", "MESSAGES", "DELETED", "KEPT", "SECONDS", "OUTCOME", "WHY"]
    assert run("function", "runs", uuid).stdout.split() == heads


def test_what_aws_refuses_exits_with_1(run: Command) -> None:
    result = run("function", "map", "orders", "grind")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no function grind\n")
    assert run("function", "unmap", "u-1").exit_code == 1
