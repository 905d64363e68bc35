"""Lesson 6: which of the ways to make an order twice it was; and orders that come twice in one batch."""

from __future__ import annotations

import json
from collections.abc import Callable

from decaf.lessons.verdict import Diagnosis
from decaf.testing import Decaf
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]


def come_twice(shop: Shop, *orders: int) -> None:
    """Each of the orders is received by a barista who faints, so it comes back."""
    shop.send(*orders)
    shop.receive(by="barista", MaxNumberOfMessages=10)
    shop.advance(31)


def test_each_order_is_made_at_its_second_receive(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    come_twice(shop, 1, 2, 3)
    for message in shop.receive(by="barista-2", MaxNumberOfMessages=10):
        shop.make(message, by="barista-2")
    assert "3 of 3 orders came twice" in shop.passed().proof


def test_two_messages_with_one_order_are_made_once(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    come_twice(shop, 1, 2, 3, 3)
    first, second, third, again = shop.receive(by="barista-2", MaxNumberOfMessages=10)
    for message in (first, second, third):
        shop.make(message, by="barista-2")
    shop.delete(again, by="barista-2")
    assert shop.passed()


def test_made_for_each_of_two_messages(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    come_twice(shop, 1, 2, 3, 3)
    for message in shop.receive(by="barista-2", MaxNumberOfMessages=10):
        shop.make(message, by="barista-2")
    assert shop.diagnosis() == "by-message-id"


def test_made_for_each_of_two_messages_by_two_baristas(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    come_twice(shop, 1, 2, 3, 3)
    for message, barista in zip(
        shop.receive(by="barista-2", MaxNumberOfMessages=10),
        ["barista-2", "barista-2", "barista-2", "barista-3"],
        strict=True,
    ):
        shop.make(message, by=barista)
    assert shop.diagnosis() == "by-message-id"


def test_made_again_although_they_were_deleted(open_shop: OpenShop, lesson_server: Decaf, account: str) -> None:
    shop = open_shop(6)
    lesson_server.control.of(account).set_profile("realistic", duplicates=1.0)
    shop.send(1, 2, 3)
    for _ in range(6):
        for message in shop.receive(WaitTimeSeconds=5):
            shop.make(message)
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "no-memory"
    assert "3 orders came twice, 3 of them although they had been deleted" in verdict.sentence


def test_made_again_by_the_next_barista(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    shop.send(1, 2, 3)
    shop.receive(MaxNumberOfMessages=10)
    shop.send(1, by="barista", queue="made")  # and faints before the delete
    shop.advance(31)
    for message in shop.receive(by="barista-2", MaxNumberOfMessages=10):
        shop.make(message, by="barista-2")
    assert shop.diagnosis() == "in-memory"


def test_notes_of_the_day_before(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    come_twice(shop, 1, 2, 3)
    shop.delete(*shop.receive(MaxNumberOfMessages=10))
    assert shop.diagnosis() == "old-notes"


def test_an_order_that_was_deleted_at_its_only_receive(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    come_twice(shop, 1, 2, 3)
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.make(message)
    shop.send(4)
    shop.delete(*shop.receive())
    assert shop.diagnosis() == "deleted-only"


def test_without_duplicates_nothing_can_be_seen(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    shop.send(1, 2, 3)
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.make(message)
    assert shop.diagnosis() == "few-duplicates"


def test_a_purge_threw_orders_away(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    shop.send(1, 2, 3)
    shop.send(1, by="barista", queue="made")
    shop.client().purge_queue(QueueUrl=shop.url("orders"))
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "purged"
    assert "orders 2 and 3 had been paid for" in verdict.sentence


def test_an_order_deleted_before_it_was_made_is_made_by_luck_alone(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    come_twice(shop, 1, 2, 3, 3)
    deleted = set()
    for message in shop.receive(by="barista-2", MaxNumberOfMessages=10):
        shop.delete(message, by="barista-2")
        order = json.loads(message["Body"])["order"]
        if order not in deleted:
            deleted.add(order)
            shop.send(order, by="barista-2", queue="made")
    assert shop.diagnosis() == "deleted-first"
