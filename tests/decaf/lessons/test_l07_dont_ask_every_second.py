"""Lesson 7: calls are counted from the first order to the last, and a queue may have the waiting time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from decaf.lessons.verdict import Diagnosis
from decaf.testing import Decaf
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]
ORDERS = range(1, 11)


def serve(shop: Shop, empty: int = 0, wait: float = 0.0, seconds: int = 0) -> None:
    """Each order is received after so many seconds; before the last of them, some receives wait for so many `seconds`
    and return nothing.
    """
    for order in ORDERS:
        if order == ORDERS[-1]:
            for _ in range(empty):
                shop.receive(WaitTimeSeconds=seconds)
        shop.send(order)
        shop.advance(wait)
        shop.make(shop.receive()[0])


def test_two_empty_receives_are_fine(open_shop: OpenShop, lesson_server: Decaf) -> None:
    shop = open_shop(7)
    lesson_server.control.thaw()
    serve(shop, empty=2, seconds=1)
    assert shop.passed()


def test_three_empty_receives_are_too_many(open_shop: OpenShop, lesson_server: Decaf) -> None:
    shop = open_shop(7)
    lesson_server.control.thaw()
    serve(shop, empty=3, seconds=1)
    assert shop.diagnosis() == "asks-too-often"


@pytest.mark.parametrize("empty", [1, 2])
def test_a_sleep_instead_of_a_receive_that_waits(open_shop: OpenShop, empty: int) -> None:
    shop = open_shop(7)
    serve(shop, empty=empty)
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "did-not-wait"
    assert f"{empty} of them came while the queue was empty, and returned at once" in verdict.sentence
    assert verdict.marks


def test_the_queue_may_have_the_waiting_time(open_shop: OpenShop, lesson_server: Decaf) -> None:
    shop = open_shop(7)
    lesson_server.control.thaw()
    waiting = {"ReceiveMessageWaitTimeSeconds": "1"}
    shop.client().set_queue_attributes(QueueUrl=shop.url("orders"), Attributes=waiting)
    shop.send(1)
    shop.make(shop.receive()[0])
    shop.receive()
    for order in ORDERS[1:]:
        shop.send(order)
        shop.make(shop.receive()[0])
    assert shop.passed()


def test_what_is_missing_is_said_without_empty_parts(open_shop: OpenShop) -> None:
    shop = open_shop(7)
    for order in ORDERS:
        shop.send(order)
        shop.receive()
        shop.send(order, by="barista", queue="made")
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.sentence.startswith("Not deleted: orders 1, 2, 3,")


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
