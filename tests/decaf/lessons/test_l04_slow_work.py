"""Lesson 4: other ways to keep an order than the solution's, and what is not enough."""

from __future__ import annotations

from collections.abc import Callable

from decaf.lessons.verdict import Diagnosis
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]


def test_a_failed_order_may_be_made_visible_at_once(open_shop: OpenShop) -> None:
    shop = open_shop(4)
    shop.send(1, 2, 3)
    [slow], [failing], [_] = (shop.receive(by=f"barista-{number}") for number in (1, 2, 3))
    shop.advance(1)
    shop.keep(slow, 2, by="barista-1")
    shop.advance(0.5)
    shop.keep(failing, 0, by="barista-2")
    shop.advance(1)
    shop.make(slow, by="barista-1")
    assert shop.passed()


def test_one_loan_that_is_long_enough_passes_with_a_remark(open_shop: OpenShop) -> None:
    shop = open_shop(4)
    shop.send(1, 2, 3)
    [slow], [_], [_] = (shop.receive(by=f"barista-{number}", VisibilityTimeout=6) for number in (1, 2, 3))
    shop.advance(5)
    shop.make(slow, by="barista-1")
    shop.advance(2)
    assert "6 s at once" in shop.passed().remark


def test_a_change_counts_from_its_own_moment(open_shop: OpenShop) -> None:
    shop = open_shop(4)
    shop.send(1, 2, 3)
    [slow], [_], [_] = (shop.receive(by=f"barista-{number}") for number in (1, 2, 3))
    shop.advance(0.5)
    shop.keep(slow, 2, by="barista-1")  # until 2.5 s, and not until 4
    shop.advance(2.5)
    shop.receive(by="barista-2")
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "no-beat"
    assert "after 2.5 s" in verdict.sentence


def test_an_order_that_is_deleted_before_it_is_made_is_not_kept(open_shop: OpenShop) -> None:
    shop = open_shop(4)
    shop.send(1, 2, 3)
    [slow], [_], [_] = (shop.receive(by=f"barista-{number}") for number in (1, 2, 3))
    shop.delete(slow)
    assert shop.diagnosis() == "deleted-first"


def test_without_orders_nothing_can_be_seen(open_shop: OpenShop) -> None:
    shop = open_shop(4)
    assert shop.diagnosis() == "nothing-yet"


def test_a_purge_threw_orders_away(open_shop: OpenShop) -> None:
    shop = open_shop(4)
    shop.send(1, 2, 3)
    shop.send(1, by="barista", queue="made")
    shop.client().purge_queue(QueueUrl=shop.url("orders"))
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "purged"
    assert "orders 2 and 3 had been paid for" in verdict.sentence


def test_a_purge_after_the_work_is_no_delete(open_shop: OpenShop) -> None:
    shop = open_shop(4)
    shop.send(1, 2, 3)
    shop.receive(MaxNumberOfMessages=10)
    shop.send(1, 2, 3, by="barista", queue="made")
    shop.client().purge_queue(QueueUrl=shop.url("orders"))
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.sentence == "Order 1 was made, and not deleted. It should be made once and then deleted."
