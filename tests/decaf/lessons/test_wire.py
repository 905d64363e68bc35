"""The number of an order is read from what programs in any language send."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from decaf.lessons.stage import can_do_no_more
from decaf.lessons.wire import Wire, listed, order_in
from decaf.testing import Decaf
from tests.decaf.lessons.shop import Shop


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ('{"order": 7}', 7),
        ('{"order": "7"}', 7),
        ("7", 7),
        (json.dumps({"Type": "Notification", "Message": '{"order": 7}'}), 7),
        (json.dumps({"Type": "Notification", "Message": "7"}), 7),
        ('{"drink": "latte"}', None),
        ("true", None),
        ("a latte", None),
        (None, None),
    ],
)
def test_the_number_of_an_order(body: str | None, order: int | None) -> None:
    assert order_in(body) == order


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["kitchen", "stock", "loyalty"], "kitchen, stock and loyalty"),
        (["kitchen", "stock"], "kitchen and stock"),
        (["kitchen"], "kitchen"),
        ([], ""),
    ],
)
def test_names_in_words(names: list[str], words: str) -> None:
    assert listed(names) == words


def test_the_number_of_news_has_another_name() -> None:
    assert order_in('{"news": 4}', "news") == 4
    assert order_in('{"news": 4}') is None


@dataclass(frozen=True, slots=True)
class Ended:
    """A program of which no process is needed: it made its calls, and has ended or waits for more."""

    name: str
    is_running: bool

    def kill(self) -> None: ...

    def wait(self, seconds: float) -> bool:
        return not self.is_running


@pytest.mark.parametrize(
    ("first_runs", "second_runs", "expected"), [(True, True, False), (True, False, True), (False, True, False)]
)
def test_programs_can_do_no_more_when_those_that_run_ask_in_vain(
    open_shop: Callable[[int], Shop],
    lesson_server: Decaf,
    account: str,
    first_runs: bool,
    second_runs: bool,
    expected: bool,
) -> None:
    shop = open_shop(3)
    shop.send(1)
    shop.receive(by="barista-2")  # and works on it
    shop.receive(by="barista")  # in vain
    programs = [Ended("barista", first_runs), Ended("barista-2", second_runs)]
    wire = Wire.read(lesson_server.control.of(account).trace())
    assert can_do_no_more(wire, "orders", programs) is expected


def test_programs_can_do_more_while_an_order_is_visible(
    open_shop: Callable[[int], Shop], lesson_server: Decaf, account: str
) -> None:
    open_shop(3).send(1)
    assert not can_do_no_more(Wire.read(lesson_server.control.of(account).trace()), "orders", [])
