"""Lesson 1: the report is read in any form, and judged by what was taken and made."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from decaf.lessons.l01_tight_coupling.barista import at_work
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """A shop that has taken ten orders and lost 4 and 9."""
    shop = open_shop(1)
    shop.send(*range(1, 11), by="cashier", queue="taken")
    shop.send(1, 2, 3, 5, 6, 7, 8, 10, queue="made")
    return shop


def report(shop: Shop, text: str) -> None:
    shop.client("cashier").send_message(QueueUrl=shop.url("answers"), MessageBody=text)


@pytest.mark.parametrize(
    "text",
    [
        '{"lost": [4, 9]}',
        '{"lost": [4, 9], "count": 2, "taken": 10}',
        '{"lost": [9, 4]}',
        "lost:  4 9",
        "4, 9",
        '["4", "9"]',
    ],
)
def test_a_report_may_have_any_form(shop: Shop, text: str) -> None:
    report(shop, text)
    assert "Orders 4 and 9 taken and never made" in shop.passed().proof


def test_the_last_report_counts(shop: Shop) -> None:
    report(shop, "none")
    report(shop, "4 9")
    assert shop.passed()


@pytest.mark.parametrize(
    ("text", "code"),
    [("[]", "says-none"), ("4 9 10", "counts-errors"), ("4", "some-missing"), ("1 2 3 4 5 6 7 8 9 10", "too-many")],
)
def test_a_report_that_is_not_exact_is_told_from_others(shop: Shop, text: str, code: str) -> None:
    report(shop, text)
    assert shop.diagnosis() == code


def test_each_lost_order_may_have_a_report_of_its_own(shop: Shop) -> None:
    report(shop, '{"lost": [4]}')
    report(shop, '{"lost": [9]}')
    assert shop.passed()


def test_a_cashier_who_stops_at_the_first_lost_order_has_not_finished(open_shop: OpenShop) -> None:
    shop = open_shop(1)
    shop.send(*range(1, 7), by="cashier", queue="taken")
    shop.send(*range(1, 6), queue="made")
    report(shop, '{"lost": [6]}')
    assert shop.diagnosis() == "stopped"


def test_without_a_report_there_is_no_pass(shop: Shop) -> None:
    assert shop.diagnosis() == "no-report"


def test_orders_that_were_only_taken_show_nothing(open_shop: OpenShop) -> None:
    shop = open_shop(1)
    shop.send(*range(1, 11), by="cashier", queue="taken")
    report(shop, "1 2 3 4 5 6 7 8 9 10")
    assert shop.diagnosis() == "few-orders"


def hand_over(url: str, path: str, **headers: str) -> int:
    """Returns the status of the barista's answer."""
    request = urllib.request.Request(url + path, method="POST", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_a_barista_makes_an_order_after_the_breaks() -> None:
    made: list[int] = []
    with at_work(made.append, {7: 1}) as url:
        assert [hand_over(url, "/order/7"), hand_over(url, "/order/7"), hand_over(url, "/order/8")] == [503, 200, 200]
        assert hand_over(url, "/order/latte") == 404
        assert hand_over(url, "/order/9", Origin="https://example.com") == 403
    assert made == [7, 8]
