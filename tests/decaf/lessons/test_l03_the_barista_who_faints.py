"""Lesson 3: delete after the work; how long an order is lent is judged by what came of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from decaf.lessons.verdict import Diagnosis
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """A shop with three orders, of which the first is made."""
    shop = open_shop(3)
    shop.send(1, 2, 3)
    shop.make(shop.receive()[0])
    return shop


def test_an_order_that_comes_back_and_is_made_by_another_passes(shop: Shop) -> None:
    shop.receive()  # and faints
    shop.make(shop.receive(by="barista-2")[0], by="barista-2")
    shop.advance(31)
    shop.make(shop.receive(by="barista-2")[0], by="barista-2")
    assert "Order 2 came back after the faint" in shop.passed().proof


def test_an_order_deleted_first_is_named_with_the_faint_that_lost_it(shop: Shop) -> None:
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.delete(message)
    shop.send(3, by="barista", queue="made")
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "deleted-before-made"
    assert verdict.sentence == "You deleted order 2 before it was made: the faint took the only copy."


def test_without_a_faint_there_is_no_proof(shop: Shop) -> None:
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.make(message)
    assert shop.diagnosis() == "no-faint"


def test_a_loan_that_ends_in_work_makes_two_of_one(shop: Shop) -> None:
    [late] = shop.receive(VisibilityTimeout=1)
    shop.advance(2)
    for message in shop.receive(by="barista-2", MaxNumberOfMessages=10):
        shop.make(message, by="barista-2")
    shop.make(late)
    assert shop.diagnosis() == "short-visibility"


def test_two_of_one_without_a_loan_that_ended_is_something_else(shop: Shop) -> None:
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.make(message)
    shop.send(3, by="barista", queue="made")
    assert shop.diagnosis() == "made-twice"


def test_a_loan_of_hours_keeps_the_order_from_everybody(shop: Shop) -> None:
    shop.receive(VisibilityTimeout=43_200)
    shop.advance(31)
    shop.make(shop.receive(by="barista-2")[0], by="barista-2")
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "long-visibility"
    assert "for 12 hours" in verdict.sentence


def test_orders_made_and_not_deleted_are_lent_again(shop: Shop) -> None:
    shop.receive(MaxNumberOfMessages=10)
    shop.send(2, 3, by="barista", queue="made")
    assert shop.diagnosis() == "never-deleted"


def test_orders_that_wait_still_are_not_made(shop: Shop) -> None:
    assert shop.diagnosis() == "not-made"


def test_a_purge_threw_orders_away(open_shop: OpenShop) -> None:
    shop = open_shop(3)
    shop.send(1, 2, 3)
    shop.send(1, by="barista", queue="made")
    shop.receive()
    shop.client().purge_queue(QueueUrl=shop.url("orders"))
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "purged"
    assert "orders 2 and 3 had been paid for" in verdict.sentence


@pytest.fixture
def long_shop(open_shop: OpenShop) -> Shop:
    """A shop with six orders."""
    shop = open_shop(3)
    shop.send(1, 2, 3, 4, 5, 6)
    return shop


def test_an_order_in_another_hand_as_the_barista_faints_may_be_made_again(long_shop: Shop) -> None:
    messages = long_shop.receive(MaxNumberOfMessages=10)
    for message in messages[:4]:
        long_shop.make(message)
    long_shop.send(5, by="barista", queue="made")  # and faints
    long_shop.advance(31)
    for message in long_shop.receive(by="barista-2", MaxNumberOfMessages=10):
        long_shop.make(message, by="barista-2")
    assert long_shop.passed().remark.startswith("Order 5: made twice")


def test_orders_that_are_deleted_all_at_the_end_are_made_again(long_shop: Shop) -> None:
    long_shop.receive(MaxNumberOfMessages=10)
    long_shop.send(1, 2, 3, 4, 5, by="barista", queue="made")  # and faints
    long_shop.advance(31)
    for message in long_shop.receive(by="barista-2", MaxNumberOfMessages=10):
        long_shop.make(message, by="barista-2")
    assert long_shop.diagnosis() == "made-twice"
