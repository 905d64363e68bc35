"""Commands that read and move the server's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

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


@pytest.mark.parametrize(("text", "seconds"), [("1.5", 1.5), ("90s", 90), ("10m", 600), ("2h", 7_200), ("4d", 345_600)])
def test_a_time_may_have_a_unit(run: Command, run_json: JsonCommand, text: str, seconds: float) -> None:
    start = run_json("clock", "freeze")["now"]
    assert run_json("advance", text)["now"] == start + seconds


def test_what_is_no_time_is_refused(run: Command) -> None:
    for text in ("soon", "1w", "1e9", "m", "1 h"):
        refused = run("advance", text)
        assert (refused.exit_code, f"'{text}' is no time" in refused.stderr) == (2, True)


def test_time_is_shown_as_people_read_it(run: Command, decaf: Decaf) -> None:
    decaf.control.freeze()
    decaf.control.advance_to(4_102_444_800.25)
    assert run("clock").stdout == "2100-01-01 00:00:00.250  frozen\n"
