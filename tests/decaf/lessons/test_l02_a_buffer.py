"""Lesson 2: any way to empty the queue by work passes, and a queue that is empty without work does not."""

from __future__ import annotations

from collections.abc import Callable

from decaf.lessons.verdict import Diagnosis
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]


def test_two_baristas_with_long_polls_and_one_message_each_pass(open_shop: OpenShop) -> None:
    shop = open_shop(2)
    shop.send(1, 2, 3, 4, by="cashier")
    for number in range(4):
        [message] = shop.receive(by=f"barista-{number % 2}")
        shop.make(message, by=f"barista-{number % 2}")
    assert "4 made once each" in shop.passed().proof


def test_orders_received_while_others_are_sent_did_not_wait(open_shop: OpenShop) -> None:
    shop = open_shop(2)
    shop.send(1, 2, 3, by="cashier")
    shop.make(shop.receive()[0])
    shop.send(4, by="cashier")
    assert shop.diagnosis() == "both-at-once"


def test_an_order_made_and_not_deleted_comes_back(open_shop: OpenShop) -> None:
    shop = open_shop(2)
    shop.send(1, 2, 3, 4, by="cashier")
    for message in shop.receive(MaxNumberOfMessages=10):
        if message["Body"] == '{"order": 3}':
            shop.send(3, by="barista", queue="made")
        else:
            shop.make(message)
    shop.advance(31)
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "never-deleted"
    assert verdict.sentence.startswith("Order 3 came back after 30 s:")


def test_orders_deleted_without_work_are_no_solution(open_shop: OpenShop) -> None:
    shop = open_shop(2)
    shop.send(1, 2, 3, 4, by="cashier")
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.delete(message)
    assert shop.diagnosis() == "not-made"


def test_orders_that_nobody_has_received_are_only_half_of_it(open_shop: OpenShop) -> None:
    shop = open_shop(2)
    shop.send(1, 2, 3, 4, by="cashier")
    assert shop.diagnosis() == "nobody-received"


def test_too_few_orders_show_nothing(open_shop: OpenShop) -> None:
    shop = open_shop(2)
    shop.send(1, by="cashier")
    shop.make(shop.receive()[0])
    assert shop.diagnosis() == "few-orders"
