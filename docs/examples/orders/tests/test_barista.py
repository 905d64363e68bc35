"""Orders out of the queue: made and called out, made again, given up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from cafe.barista import BACKOFF, Barista
from cafe.cashier import Cashier
from cafe.opening import ATTEMPTS, PATIENCE
from cafe.order import MENU, Order
from cafe.screen import Screen
from cafe.settings import Settings
from machine import Machine

from decaf.testing import Control, Decaf

LATTE = Order("Ada", "latte")


@pytest.mark.parametrize("drink", MENU)
def test_a_drink_is_made_and_called_out(cashier: Cashier, barista: Barista, screen: Screen, drink: str) -> None:
    cashier.take(Order("Ada", drink))
    assert barista.work() == 1
    assert screen.lines() == [f"small {drink} for Ada"]


def test_a_drink_is_made_once(cashier: Cashier, barista: Barista, machine: Machine) -> None:
    cashier.take(LATTE)
    barista.work()
    barista.work()
    assert machine.made == [LATTE]


def test_with_no_orders_there_is_nothing_to_do(barista: Barista) -> None:
    assert barista.work() == 0


def test_all_orders_are_made(cashier: Cashier, barista: Barista, machine: Machine) -> None:
    orders = {Order(f"customer {number}", "decaf") for number in range(25)}
    cashier.take_all(list(orders))
    while barista.work():
        pass
    assert set(machine.made) == orders


def test_a_screen_for_large_drinks_shows_only_those(
    cashier: Cashier, barista: Barista, screen: Screen, large_screen: Screen
) -> None:
    cashier.take_all([LATTE, Order("Bob", "decaf", "large")])
    barista.work()
    assert screen.lines() == ["large decaf for Bob", "small latte for Ada"]
    assert large_screen.lines() == ["large decaf for Bob"]


@pytest.mark.parametrize("body", ["nonsense", '{"customer": "Eve", "drink": "tea"}'])
def test_what_nobody_can_make_goes_to_the_dead_letters(
    barista: Barista, cafe: Settings, sqs: Any, dead_orders: Screen, body: str
) -> None:
    sqs.send_message(QueueUrl=cafe.orders, MessageBody=body)
    assert barista.work() == 0
    assert dead_orders.lines() == [body]


def test_what_nobody_can_make_does_not_hold_up_the_rest(
    cashier: Cashier, barista: Barista, cafe: Settings, sqs: Any, machine: Machine
) -> None:
    sqs.send_message(QueueUrl=cafe.orders, MessageBody="nonsense")
    cashier.take(LATTE)
    while cashier.line():
        barista.work()
    assert machine.made == [LATTE]


def test_a_drink_that_fails_is_not_called_out(
    cashier: Cashier, barista: Barista, machine: Machine, screen: Screen
) -> None:
    machine.failures = 1
    cashier.take(LATTE)
    assert barista.work() == 0
    assert screen.lines() == []
    assert cashier.line() == 0


@pytest.mark.needs_decaf("clock")
@pytest.mark.own_decaf
class TestTime:
    """What takes time, on a clock that only these tests move."""

    @pytest.mark.parametrize("failures", range(1, ATTEMPTS))
    def test_a_drink_that_fails_is_made_again_later_each_time(
        self, cashier: Cashier, barista: Barista, machine: Machine, decaf: Decaf, failures: int
    ) -> None:
        machine.failures = failures
        cashier.take(LATTE)
        for attempt in range(1, failures + 1):
            assert barista.work() == 0
            decaf.control.advance(BACKOFF * attempt - 1)
            assert barista.work() == 0
            decaf.control.advance(1)
        assert barista.work() == 1

    def test_a_drink_that_always_fails_ends_with_the_dead_letters(
        self, cashier: Cashier, barista: Barista, machine: Machine, decaf: Decaf, dead_orders: Screen
    ) -> None:
        machine.failures = 1_000
        cashier.take(LATTE)
        for _ in range(ATTEMPTS + 1):
            assert dead_orders.lines() == []
            barista.work()
            decaf.control.advance(BACKOFF * ATTEMPTS)
        assert machine.failures == 1_000 - ATTEMPTS
        assert dead_orders.lines() == [LATTE.to_body()]

    def test_an_order_of_a_barista_who_went_home_is_made_by_another(
        self, cashier: Cashier, barista: Barista, cafe: Settings, sqs: Any, decaf: Decaf
    ) -> None:
        cashier.take(LATTE)
        sqs.receive_message(QueueUrl=cafe.orders)
        assert barista.work() == 0
        decaf.control.advance(PATIENCE)
        assert barista.work() == 1

    def test_orders_of_last_week_are_gone(self, cashier: Cashier, barista: Barista, decaf: Decaf) -> None:
        cashier.take(LATTE)
        decaf.control.advance(4 * 86_400)
        assert barista.work() == 0
        assert cashier.line() == 0


@pytest.mark.needs_decaf("events")
class TestShift:
    """A barista who works in a thread of its own, as in earnest: tests wait for what happens, not for time."""

    @pytest.fixture
    def shift(self, barista: Barista, cafe: Settings, sqs: Any) -> Iterator[None]:
        """While this lasts, the barista works; an order that nobody can make ends the last wait for orders."""
        closing = threading.Event()
        thread = threading.Thread(target=barista.work_until, args=(closing.is_set,))
        thread.start()
        yield
        closing.set()
        sqs.send_message(QueueUrl=cafe.orders, MessageBody="closing time")
        thread.join()

    @pytest.mark.usefixtures("shift")
    def test_orders_are_made_as_they_come(
        self, cashier: Cashier, cafe: Settings, machine: Machine, decaf_control: Control
    ) -> None:
        mark = decaf_control.mark()
        cashier.take(LATTE)
        decaf_control.wait_for("MessageDeleted", queue=cafe.orders, since=mark)
        assert machine.made == [LATTE]
        cashier.take(Order("Bob", "decaf"))
        decaf_control.wait_for("MessageDeleted", queue=cafe.orders, count=2, since=mark)
        assert machine.made == [LATTE, Order("Bob", "decaf")]

    @pytest.mark.usefixtures("shift")
    def test_each_drink_is_called_out_once(
        self, cashier: Cashier, cafe: Settings, screen: Screen, decaf_control: Control
    ) -> None:
        mark = decaf_control.mark()
        cashier.take_all([Order(f"customer {number}", "decaf") for number in range(9)])
        decaf_control.wait_for("MessageDeleted", queue=cafe.orders, count=9, since=mark)
        assert screen.lines() == [f"small decaf for customer {number}" for number in range(9)]
        decaf_control.never("MessageReturned", queue=cafe.orders, since=mark)

    @pytest.mark.needs_decaf("clock")
    @pytest.mark.own_decaf
    @pytest.mark.usefixtures("shift")
    def test_a_broken_machine_ends_with_the_dead_letters(
        self, cashier: Cashier, cafe: Settings, machine: Machine, decaf_control: Control
    ) -> None:
        machine.failures = 1_000
        mark = decaf_control.mark()
        order = cashier.take(LATTE)
        for attempt in range(1, ATTEMPTS + 1):
            decaf_control.wait_for("VisibilityChanged", queue=cafe.orders, count=attempt, since=mark)
            decaf_control.advance(BACKOFF * attempt)
        decaf_control.wait_for("MessageDeadLettered", queue=cafe.orders, since=mark)
        assert [message.id for message in decaf_control.messages(cafe.dead_orders)] == [order]
        assert "received 3 times" in " ".join(step.text for step in decaf_control.explain(order).timeline)
