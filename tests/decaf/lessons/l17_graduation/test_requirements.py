"""The orders that the graduation's check knows are those that its cashier takes."""

from __future__ import annotations

import json

from decaf.lessons.catalog import find
from decaf.lessons.l17_graduation.requirements import ALL, CAKE, LATER, LINES, POISON, customer_of

ORDERS = json.loads(find(17).starter("python")["orders.json"])


def test_the_orders_of_the_day() -> None:
    assert [order["order"] for order in ORDERS] == list(ALL)
    assert all(order["customer"] == customer_of(order["order"]) for order in ORDERS)


def test_the_special_orders() -> None:
    assert [order["order"] for order in ORDERS if order["seconds"] > 1] == [CAKE]
    assert [order["order"] for order in ORDERS if order["drink"] == "mystery"] == [POISON]
    assert [order["order"] for order in ORDERS if "minutes" in order] == [LATER]


def test_the_task_has_the_twelve_lines() -> None:
    task = find(17).task()
    assert [code for code in LINES if f"`{code}`: " in task] == list(LINES)
    assert len(LINES) == 12
