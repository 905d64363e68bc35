"""Lesson 10: a delay by any call that sends; none for those who wait at the counter."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from decaf.lessons.verdict import Diagnosis
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]


def make_all(shop: Shop) -> None:
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.make(message)


def test_a_batch_may_have_the_delays(open_shop: OpenShop) -> None:
    shop = open_shop(10)
    entries = [
        {
            "Id": str(order),
            "MessageBody": json.dumps({"order": order}),
            "DelaySeconds": 600 if order in (2, 4) else 0,
        }
        for order in range(1, 6)
    ]
    shop.client("cashier").send_message_batch(QueueUrl=shop.url("orders"), Entries=entries)
    make_all(shop)
    shop.advance(600)
    make_all(shop)
    assert "after 600 s" in shop.passed().proof


def test_a_delay_of_the_queue_passes_when_the_others_have_none(open_shop: OpenShop) -> None:
    shop = open_shop(10)
    shop.client("cashier").set_queue_attributes(QueueUrl=shop.url("orders"), Attributes={"DelaySeconds": "600"})
    shop.send(1, 3, 5, by="cashier", DelaySeconds=0)
    shop.send(2, 4, by="cashier")
    make_all(shop)
    shop.advance(600)
    make_all(shop)
    assert shop.passed()


@pytest.mark.parametrize(("delay", "expected"), [(0, "too-early"), (60, "too-early"), (900, "too-late")])
def test_another_delay_is_not_what_the_customer_said(open_shop: OpenShop, delay: int, expected: str) -> None:
    shop = open_shop(10)
    shop.send(1, 3, 5, by="cashier")
    shop.send(2, 4, by="cashier", DelaySeconds=delay)
    assert shop.diagnosis() == expected


def test_minutes_for_seconds_are_said_before_a_barista_who_holds_the_order(open_shop: OpenShop) -> None:
    shop = open_shop(10)
    shop.send(1, 3, 5, by="cashier")
    shop.send(2, 4, by="cashier", DelaySeconds=10)
    make_all(shop)
    shop.advance(540)
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.keep(message, 600)
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "too-early"
    assert verdict.sentence == "Order 2 was sent with a delay of 10 s; its customer comes in 600 s."


def test_all_five_have_to_be_sent(open_shop: OpenShop) -> None:
    shop = open_shop(10)
    shop.send(1, 3, 5, by="cashier")
    assert shop.diagnosis() == "not-sent"


def test_a_barista_who_goes_home_makes_nothing_later(open_shop: OpenShop) -> None:
    shop = open_shop(10)
    shop.send(1, 3, 5, by="cashier")
    shop.send(2, 4, by="cashier", DelaySeconds=600)
    make_all(shop)
    shop.advance(600)
    assert shop.diagnosis() == "not-made"


def test_orders_for_later_may_have_a_queue_of_their_own(open_shop: OpenShop) -> None:
    shop = open_shop(10)
    shop.client("cashier").create_queue(QueueName="later", Attributes={"DelaySeconds": "600"})
    shop.send(1, 3, 5, by="cashier")
    shop.send(2, 4, by="cashier", queue="later")
    make_all(shop)
    shop.advance(600)
    for message in shop.receive(queue="later", MaxNumberOfMessages=10):
        shop.make(message, queue="later")
    assert "after 600 s" in shop.passed().proof
