"""Lesson 7: calls are counted from the first order to the last, and a queue may have the waiting time."""

from __future__ import annotations

from collections.abc import Callable

from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]
ORDERS = range(1, 11)


def serve(shop: Shop, empty: int = 0, wait: float = 0.0) -> None:
    """Each order is received after so many seconds; before the last of them, some receives return nothing."""
    for order in ORDERS:
        if order == ORDERS[-1]:
            for _ in range(empty):
                shop.receive()
        shop.send(order)
        shop.advance(wait)
        shop.make(shop.receive()[0])


def test_two_empty_receives_are_fine(open_shop: OpenShop) -> None:
    shop = open_shop(7)
    serve(shop, empty=2)
    assert shop.passed()


def test_three_empty_receives_are_too_many(open_shop: OpenShop) -> None:
    shop = open_shop(7)
    serve(shop, empty=3)
    assert shop.diagnosis() == "asks-too-often"


def test_receives_before_the_first_order_and_after_the_last_do_not_count(open_shop: OpenShop) -> None:
    shop = open_shop(7)
    for _ in range(20):
        shop.receive()
    serve(shop)
    shop.advance(1)
    for _ in range(20):
        shop.receive()
    assert shop.passed()


def test_an_order_may_wait_for_a_second(open_shop: OpenShop) -> None:
    shop = open_shop(7)
    serve(shop, wait=0.8)
    assert shop.passed()


def test_an_order_that_waits_longer_is_late(open_shop: OpenShop) -> None:
    shop = open_shop(7)
    serve(shop, wait=1.5)
    assert shop.diagnosis() == "late"


def test_an_order_has_to_be_made(open_shop: OpenShop) -> None:
    shop = open_shop(7)
    for order in ORDERS:
        shop.send(order)
        [message] = shop.receive()
        shop.delete(message)
    assert shop.diagnosis() == "not-made"
