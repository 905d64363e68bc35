"""`decaf top`: queues live, in a terminal with keys, and without one."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from decaf.cli.keys import names
from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

PATIENCE = 20  # seconds that a screen may take


class Terminal:
    """A terminal in which a command runs; `screen` is what it shows last."""

    def __init__(self, *words: str, lines: int = 12, columns: int = 100) -> None:
        self._own, theirs = pty.openpty()
        self.resize(lines, columns)
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        command = [sys.executable, "-m", "decaf", *words]
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=kept)
        self.printed = ""

    def resize(self, lines: int, columns: int) -> None:
        fcntl.ioctl(self._own, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._own, keys.encode())

    @property
    def screen(self) -> list[str]:
        """The lines that were drawn last, without what moves the cursor."""
        _, *screens = self.printed.split("\x1b[H")
        whole = [screen for screen in screens if "\x1b[J" in screen]
        text = re.sub(r"\x1b\[[?0-9]*[A-Za-z]", "", whole[-1].partition("\x1b[J")[0]) if whole else ""
        return text.replace("\r", "").rstrip("\n").split("\n")

    def until(self, pattern: str) -> re.Match[str]:
        """Read until the screen has a line that the pattern is found in."""
        deadline = time.monotonic() + PATIENCE
        while not (found := next(filter(None, (re.search(pattern, line) for line in self.screen)), None)):
            ready, _, _ = select.select([self._own], [], [], PATIENCE)
            assert ready, f"{pattern} is not shown: {self.screen}"
            assert time.monotonic() < deadline, f"{pattern} is not shown: {self.screen}"
            self.printed += os.read(self._own, 65_536).decode()
        return found

    def ended(self) -> int:
        """Waits for the end. Returns the exit code."""
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._own)
        os.close(self._theirs)

    @property
    def is_as_before(self) -> bool:
        return termios.tcgetattr(self._theirs) == self.before


@pytest.fixture
def shop(decaf: Decaf) -> Iterator[Any]:
    """Queues: bills with two messages, orders with one, a queue for dead letters."""
    sqs = decaf.client("sqs")
    dead = "arn:aws:sqs:us-east-1:000000000000:dead"
    sqs.create_queue(QueueName="dead")
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})}
    for name, bodies in (("bills", ("one", "two")), ("orders", ("latte",))):
        url = sqs.create_queue(QueueName=name, Attributes=redrive)["QueueUrl"]
        for body in bodies:
            sqs.send_message(QueueUrl=url, MessageBody=body)
    yield sqs
    sqs.close()


@pytest.fixture
def top(shop: Any) -> Iterator[Terminal]:
    terminal = Terminal("top")
    yield terminal
    terminal.close()


def test_without_a_terminal_it_prints_one_table(run: Command, shop: Any) -> None:
    head, columns, *rows = run("top").stdout.splitlines()
    assert head.endswith("UTC, sorted by messages")
    shown = ["QUEUE", "VISIBLE", "IN", "FLIGHT", "DELAYED", "IN/S", "OUT/S", "DEAD", "OLDEST", "REGION", "ACCOUNT"]
    assert columns.split() == shown
    assert [row.split()[:2] for row in rows] == [["bills", "2"], ["orders", "1"], ["dead", "0"]]


def test_as_json_it_prints_one_frame(run: Command, shop: Any) -> None:
    frame = json.loads(run("top", "--json").stdout)
    assert {queue["arn"].rpartition(":")[2] for queue in frame["queues"]} == {"bills", "orders", "dead"}


def test_counts_change_as_messages_come(top: Terminal, shop: Any) -> None:
    top.until(r"^  bills +2 ")
    shop.send_message(QueueUrl="orders", MessageBody="mocha")
    top.until(r"^  orders +2 .* 0\.2 ")


def test_dead_letters_are_counted_where_they_come_from(top: Terminal, shop: Any) -> None:
    top.until(r"^  orders +1 ")
    for _ in range(2):
        shop.receive_message(QueueUrl="orders", VisibilityTimeout=0)
    top.until(r"^  orders +0 +0 +0 +0\.0 +0\.0 +1 ")


def test_keys_choose_a_queue_and_show_its_messages_which_are_not_received(top: Terminal, shop: Any) -> None:
    top.until(r"^  bills ")
    top.press("\x1b[B")
    top.until(r"^> bills ")
    top.press("\x1b[B")
    top.until(r"^> orders ")
    top.press("\r")
    top.until(r"^orders: its first messages")
    top.until(r" visible .* latte$")
    shop.send_message(QueueUrl="orders", MessageBody="mocha")
    top.until(r" mocha$")
    top.press("\x1b")
    top.until(r"^> orders ")
    attributes = shop.get_queue_attributes(QueueUrl="orders", AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "2"


def test_a_key_changes_the_order(top: Terminal) -> None:
    top.until(r"sorted by messages$")
    top.until(r"^  bills ")
    assert [line.split()[0] for line in top.screen[2:5]] == ["bills", "orders", "dead"]
    top.press("s")
    top.until(r"sorted by name$")
    assert [line.split()[0] for line in top.screen[2:5]] == ["bills", "dead", "orders"]


def test_a_screen_that_gets_smaller_is_drawn_again_to_fit_with_the_chosen_queue_in_it(top: Terminal) -> None:
    top.until(r"REGION +ACCOUNT$")
    top.press("\x1b[B" * 3)
    top.until(r"^> dead ")
    top.resize(7, 66)
    top.until(r"OLDEST$")
    top.until(r"^> dead ")
    assert len(top.screen) <= 7
    assert all(len(line) <= 66 for line in top.screen)


def test_q_ends_it_and_the_terminal_is_as_before(top: Terminal) -> None:
    top.until(r"^  bills ")
    assert not top.is_as_before
    top.press("q")
    assert top.ended() == 0
    assert top.is_as_before


def test_ctrl_c_ends_it_and_the_terminal_is_as_before(top: Terminal) -> None:
    top.until(r"^  bills ")
    top.process.send_signal(signal.SIGINT)
    assert top.ended() == 130
    assert top.is_as_before


def test_it_ends_with_its_server() -> None:
    with Decaf() as decaf:
        terminal = Terminal("top", "--url", decaf.url)
        terminal.until("sorted by")
    try:
        assert terminal.ended() == 0
        assert terminal.is_as_before
    finally:
        terminal.close()


def test_a_server_that_is_not_there_is_reported(tmp_path: Path) -> None:
    terminal = Terminal("top", "--url", "http://127.0.0.1:9")
    try:
        assert terminal.ended() == 3
        assert terminal.is_as_before
    finally:
        terminal.close()


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"\x1b[A\x1b[B", ["up", "down"]),
        (b"\x1bOA", ["up"]),
        (b"\x1b", ["escape"]),
        (b"q\r\n", ["q", "enter", "enter"]),
        (b"\x1b[", ["escape", "["]),
        ("ö".encode(), ["ö"]),
        (b"\xff", ["\ufffd"]),
    ],
)
def test_keys_are_named(sent: bytes, keys: list[str]) -> None:
    assert list(names(sent)) == keys
