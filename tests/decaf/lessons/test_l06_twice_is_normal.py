"""Lesson 6: which of the ways to make an order twice it was; and orders that come twice in one batch."""

from __future__ import annotations

from collections.abc import Callable

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


def test_without_duplicates_nothing_can_be_seen(open_shop: OpenShop) -> None:
    shop = open_shop(6)
    shop.send(1, 2, 3)
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.make(message)
    assert shop.diagnosis() == "few-duplicates"
