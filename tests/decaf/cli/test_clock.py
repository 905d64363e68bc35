"""Commands that read and move the server's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]


def test_the_clock_is_frozen_and_thawed(run: Command, run_json: JsonCommand) -> None:
    assert run_json("clock")["frozen"] is False
    assert run("clock", "freeze").stdout.endswith("  frozen\n")
    assert run_json("clock") == run_json("clock")
    assert run_json("clock", "thaw")["frozen"] is False


def test_it_moves_by_seconds_to_a_time_and_to_the_next_event(
    run: Command, run_json: JsonCommand, decaf: Decaf, orders: str
) -> None:
    start = run_json("clock", "freeze")["now"]
    assert run_json("advance", "30")["now"] == start + 30
    assert run_json("advance", "--to", str(start + 60))["now"] == start + 60
    assert run("advance", "--next").stdout.endswith("  nothing was due\n")
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte", DelaySeconds=5)
    assert run_json("advance", "--next")["now"] == start + 65


def test_time_is_shown_as_people_read_it(run: Command, decaf: Decaf) -> None:
    decaf.control.freeze()
    decaf.control.advance_to(4_102_444_800.25)
    assert run("clock").stdout == "2100-01-01 00:00:00.250  frozen\n"
