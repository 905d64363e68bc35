"""Orders into the queue: singly, in batches, and for later."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from cafe.barista import Barista
from cafe.cashier import Cashier
from cafe.order import Order, from_body
from cafe.settings import Settings
from machine import Machine

from decaf.testing import Control, Decaf, Match, PartialBatch


def test_an_order_waits_in_the_queue(cashier: Cashier) -> None:
    cashier.take(Order("Ada", "latte"))
    assert cashier.line() == 1


def test_its_message_is_the_order(cashier: Cashier, cafe: Settings, sqs: Any) -> None:
    message_id = cashier.take(Order("Ada", "latte"))
    (message,) = sqs.receive_message(QueueUrl=cafe.orders, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageId"] == message_id
    assert from_body(message["Body"]) == Order("Ada", "latte")
    assert message["MessageAttributes"]["drink"]["StringValue"] == "latte"


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_many_orders_are_taken_in_batches(cashier: Cashier, count: int) -> None:
    assert cashier.take_all([Order(f"customer {number}", "decaf") for number in range(count)]) == []
    assert cashier.line() == count


def test_an_order_for_later_than_a_queue_can_wait_is_refused(cashier: Cashier) -> None:
    with pytest.raises(ClientError, match="DelaySeconds"):
        cashier.take(Order("Ada", "latte"), later=901)


def test_the_cafes_of_two_tests_never_meet(cashier: Cashier, sqs: Any) -> None:
    assert cashier.line() == 0
    cashier.take(Order("Ada", "latte"))


def test_the_cafes_of_two_tests_never_meet_either_way(cashier: Cashier, sqs: Any) -> None:
    assert cashier.line() == 0
    cashier.take(Order("Ada", "latte"))


@pytest.mark.needs_decaf("faults")
def test_orders_that_the_queue_does_not_take_are_given_back(cashier: Cashier, decaf_control: Control) -> None:
    decaf_control.set_fault(PartialBatch(fail=["1"]), Match(operation="SendMessageBatch"))
    orders = [Order(f"customer {number}", "decaf") for number in range(12)]
    assert cashier.take_all(orders) == [orders[1], orders[11]]
    assert cashier.line() == 10


@pytest.mark.needs_decaf("clock")
@pytest.mark.own_decaf
def test_an_order_for_later_is_made_later(cashier: Cashier, barista: Barista, decaf: Decaf) -> None:
    cashier.take(Order("Ada", "latte"), later=600)
    decaf.control.advance(599)
    assert barista.work() == 0
    decaf.control.advance(1)
    assert barista.work() == 1


@pytest.mark.needs_decaf("clock")
@pytest.mark.own_decaf
def test_orders_for_later_are_made_when_their_time_comes(
    cashier: Cashier, barista: Barista, machine: Machine, decaf: Decaf
) -> None:
    decaf.control.freeze()
    for minutes in (10, 5, 15):
        cashier.take(Order(f"in {minutes} minutes", "latte"), later=minutes * 60)
    while decaf.control.next().due and len(machine.made) < 3:
        barista.work()
    assert [order.customer for order in machine.made] == ["in 5 minutes", "in 10 minutes", "in 15 minutes"]
