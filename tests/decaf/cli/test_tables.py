"""Tables fit the terminal, and cut nothing that a person needs whole."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from rich.cells import cell_len

from decaf.cli.tables import Columns, lines
from decaf.testing import Decaf

ID = "9d1f6b43-0d1c-4a3e-9a51-2f0e9a5d7c11"
COLUMNS = Columns(("ID", "STATE", "TO", "BODY", "AT"), cut=("TO", "BODY"), spare=("AT",))


def table(width: int | None, *rows: Sequence[Any]) -> list[str]:
    return lines(COLUMNS, rows, width)


def test_a_table_that_fits_is_whole() -> None:
    assert table(80, (ID, "visible", "ada", "latte", "noon"), (ID, "delayed", None, 7, "")) == [
        "ID                                    STATE    TO   BODY   AT",
        f"{ID}  visible  ada  latte  noon",
        f"{ID}  delayed       7",
    ]


def test_texts_are_cut_to_fit_and_ids_and_states_are_not() -> None:
    shown = table(80, (ID, "in_flight", "x" * 100, "y" * 100, "noon"))
    assert shown[1] == f"{ID}  in_flight  {'x' * 10}…  {'y' * 11}…  noon"
    assert len(shown[1]) == 80


def test_a_short_text_is_not_cut_for_a_long_one() -> None:
    assert table(100, (ID, "visible", "ada@example.com", "y" * 100, ""))[1].split()[2] == "ada@example.com"


def test_where_it_is_still_too_wide_the_columns_that_matter_least_are_left_out() -> None:
    shown = table(70, (ID, "visible", "ada", "latte", "2026-01-01 00:00:00"))
    assert shown[1] == f"{ID}  visible  ada  latte"
    assert shown[0].split() == ["ID", "STATE", "TO", "BODY"]


def test_ids_are_whole_on_the_narrowest_terminal() -> None:
    assert ID in table(10, (ID, "visible", "ada", "latte", "noon"))[1]


def test_without_a_width_nothing_is_cut() -> None:
    row = (ID, "visible", "x" * 1_000, "y" * 1_000, "noon")
    assert table(None, row)[1] == "  ".join(row)


def test_a_row_is_one_line_and_its_controls_are_escaped() -> None:
    assert table(None, (ID, "visible", "a\n b", "\x1b[2J", ""))[1].endswith("a b  \\x1b[2J")


def test_characters_that_are_two_columns_wide_count_as_two() -> None:
    shown = table(80, (ID, "visible", "拿鐵" * 20, "latte", "noon"), (ID, "visible", "x" * 40, "latte", "noon"))
    assert cell_len(shown[1]) == cell_len(shown[2]) == 80


def on_a_terminal(*words: str, columns: int = 80) -> list[str]:
    """What `decaf` prints on a terminal."""
    reading, writing = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns)}
    with subprocess.Popen([sys.executable, "-m", "decaf", *words], stdout=writing, env=environment):
        os.close(writing)
        shown = b""
        try:
            while some := os.read(reading, 65_536):
                shown += some
        except OSError:  # the terminal has gone
            pass
    os.close(reading)
    return shown.decode().splitlines()


@pytest.fixture
def long_texts(decaf: Decaf) -> str:
    """A message, a subscription and a delivery whose texts are long. Returns the id of the message."""
    sqs, sns = decaf.client("sqs"), decaf.client("sns")
    decaf.control.freeze()
    url = sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "900"})["QueueUrl"]
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{'a' * 60}@example.com")
    sns.publish(PhoneNumber="+15555550142", Message="x" * 140)
    decaf.control.add_function("brew", "coffee:brew", path=f"/{'p' * 100}")
    sent: str = sqs.send_message(QueueUrl=url, MessageBody="x" * 200, MessageGroupId="g" * 100)["MessageId"]
    return sent


@pytest.mark.usefixtures("long_texts")
@pytest.mark.parametrize(
    "words",
    ["queues", "topics", "topics --subscriptions", "subscriptions", "inbox", "peek orders", "function list"],
)
def test_every_table_fits_80_columns_of_a_terminal(decaf: Decaf, words: str) -> None:
    shown = on_a_terminal(*words.split(), "--url", decaf.url)
    assert len(shown) >= 2
    assert max(map(len, shown)) <= 80


def test_ids_and_states_are_whole_there(decaf: Decaf, long_texts: str) -> None:
    shown = on_a_terminal("peek", "orders", "--url", decaf.url)[1]
    assert shown.startswith(f"{long_texts}  delayed  900 s")


@pytest.mark.parametrize("flag", ["--wide", "--no-trunc"])
def test_a_flag_shows_all_of_it(decaf: Decaf, long_texts: str, flag: str) -> None:
    shown = on_a_terminal("peek", "orders", flag, "--url", decaf.url)[1]
    assert shown.startswith(long_texts)
    assert shown.endswith(f"{'g' * 100}  {'x' * 200}")
