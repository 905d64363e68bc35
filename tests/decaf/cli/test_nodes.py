"""The command that shows the nodes of a server that shares a database; tests/cluster runs it with several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.decaf.cli.conftest import Command


def test_a_server_alone_has_no_nodes(run: Command, run_json: Callable[..., Any]) -> None:
    assert run("nodes").stdout == "This server runs alone: it was started without --store.\n"
    found = run_json("nodes")
    assert (found["nodes"], found["active"]) == ([], None)
