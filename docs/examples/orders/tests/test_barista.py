"""Orders out of the queue: made and called out, made again, given up."""

from __future__ import annotations

from typing import Any

import pytest
from cafe.barista import BACKOFF, Barista
from cafe.cashier import Cashier
from cafe.opening import ATTEMPTS, PATIENCE
from cafe.order import MENU, Order
from cafe.screen import Screen
from cafe.settings import Settings
from machine import Machine

from emulator.testing import Decaf

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


@pytest.mark.bench
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
