"""Commands that make calls and deliveries go wrong: every effect, every match, every when."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from decaf.cli.fault import ABOUT
from decaf.faults.effects import Effect
from decaf.faults.match import Match
from decaf.faults.rules import When
from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]

EFFECTS: list[tuple[str, dict[str, Any]]] = [
    ("error --code OverLimit", {"type": "error", "code": "OverLimit"}),
    (
        "error --code OverLimit --message No. --status 503",
        {"type": "error", "code": "OverLimit", "message": "No.", "status": 503},
    ),
    ("throttle", {"type": "throttle"}),
    ("latency --seconds 5", {"type": "latency", "seconds": 5.0}),
    (
        "latency --seconds 5 --jitter 2.5 --late request",
        {"type": "latency", "seconds": 5.0, "jitter": 2.5, "late": "request"},
    ),
    ("drop --lost response", {"type": "drop", "lost": "response"}),
    ("partial-batch --fail 2", {"type": "partial_batch", "fail": 2}),
    ("partial-batch --fail a --fail 7", {"type": "partial_batch", "fail": ["a", "7"]}),
    ("partial_batch --fail a --code OverLimit", {"type": "partial_batch", "fail": ["a"], "code": "OverLimit"}),
    ("reorder", {"type": "reorder"}),
    ("duplicate", {"type": "duplicate"}),
    ("fail --status 404", {"type": "fail", "status": 404}),
    ("timeout", {"type": "timeout"}),
]


def _set(run_json: JsonCommand, words: str) -> Any:
    """The fault that `fault add` sets, as `fault list` has it."""
    fault_id = run_json("fault", "add", *words.split())["id"]
    (found,) = (fault for fault in run_json("fault", "list") if fault["id"] == fault_id)
    return found


@pytest.mark.parametrize(("words", "effect"), EFFECTS, ids=[words for words, _ in EFFECTS])
def test_effects(run_json: JsonCommand, words: str, effect: dict[str, Any]) -> None:
    service = ("--service", "sqs") if "OverLimit" in words else ()
    assert _set(run_json, " ".join((words, *service)))["effect"] == effect


def test_every_effect_has_a_command_and_every_option_is_explained() -> None:
    types = {words.split()[0].replace("-", "_") for words, _ in EFFECTS}
    assert types == {kind.__struct_config__.tag for kind in Effect.__args__}
    names = {field.name for kind in (*Effect.__args__, Match, When) for field in msgspec.structs.fields(kind)}
    assert set(ABOUT) == names - {"account"}


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ("throttle --service sns", {"service": "sns"}),
        ("throttle --operation SendMessage", {"operation": ["SendMessage"]}),
        ("throttle --operation SendMessage --operation Publish", {"operation": ["SendMessage", "Publish"]}),
        ("throttle --queue orders --region eu-west-1", {"queue": "orders", "region": "eu-west-1"}),
        ("throttle --topic news", {"topic": "news"}),
        ("fail --subscriber http", {"subscriber": "http"}),
        ("throttle --account 111122223333", {"account": "111122223333"}),
    ],
)
def test_matches(run_json: JsonCommand, words: str, match: dict[str, Any]) -> None:
    assert _set(run_json, words)["match"] == match


@pytest.mark.parametrize(
    ("words", "when"),
    [
        ("throttle", {}),
        ("throttle --nth 2", {"nth": [2]}),
        ("throttle --nth 2 --nth 5 --count 1", {"nth": [2, 5], "count": 1}),
        ("throttle --probability 0.5 --expires-in 60", {"probability": 0.5, "expires_in": 60.0}),
    ],
)
def test_when_it_fires(run_json: JsonCommand, words: str, when: dict[str, Any]) -> None:
    assert _set(run_json, words)["when"] == when


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ("latency", 2, "Missing option '--seconds'"),
        ("throttle --code OverLimit", 2, "No such option"),
        ("sleep", 2, "No such command 'sleep'"),
        ("throttle --nth 0", 2, "Expected `int` >= 1"),
        ("throttle --nth 1 --probability 0.5", 2, "give either nth or probability"),
        ("throttle --operation SendMail", 1, "there is no operation SendMail"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(run: Command, words: str, code: int, text: str) -> None:
    result = run("fault", "add", *words.split())
    assert result.exit_code == code
    assert text in result.stderr


def test_the_list_shows_match_when_and_counts(run: Command, decaf: Decaf, orders: str) -> None:
    words = "add latency --seconds 0 --queue orders --operation SendMessage --operation ReceiveMessage --count 3"
    assert run("fault", *words.split()).stdout == "fault-1\n"
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    lines = [re.split(r"  +", line) for line in run("fault", "list").stdout.splitlines()]
    assert lines == [
        ["ID", "EFFECT", "FOR", "WHEN", "MATCHED", "FIRED"],
        [
            "fault-1",
            "the response is 0 seconds late",
            "operation SendMessage ReceiveMessage, queue orders",
            "count 3",
            "1",
            "1",
        ],
    ]


def test_one_or_all_are_removed(run: Command, run_json: JsonCommand) -> None:
    for _ in range(3):
        run("fault", "add", "throttle")
    assert run("fault", "remove", "fault-2").exit_code == 0
    assert [fault["id"] for fault in run_json("fault", "list")] == ["fault-1", "fault-3"]
    assert run_json("fault", "remove", "--all") == {}
    assert run_json("fault", "list") == []


def test_all_of_one_account_are_removed(run: Command, run_json: JsonCommand) -> None:
    run("fault", "add", "throttle")
    run("fault", "add", "throttle", "--account", "111122223333")
    run("fault", "remove", "--all", "--account", "111122223333")
    assert [fault["id"] for fault in run_json("fault", "list")] == ["fault-1"]


def test_one_that_is_not_there_ends_with_1_and_none_named_with_2(run: Command) -> None:
    result = run("fault", "remove", "fault-7")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no fault fault-7\n")
    assert run("fault", "remove").exit_code == 2
    assert run("fault", "remove", "fault-1", "--all").exit_code == 2
