"""Lesson 9: one group for each customer, whatever its name; a deduplication id for each order, whatever its form."""

from __future__ import annotations

import json
from collections.abc import Callable

from decaf.lessons.l09_in_order_please import COUNT, CUSTOMERS
from decaf.lessons.verdict import Diagnosis
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]
QUEUE = "orders.fifo"


def take(shop: Shop, group: Callable[[str, int], str], deduplication: Callable[[str, int], str]) -> None:
    """The cashier sends all orders."""
    for order in range(1, COUNT + 1):
        customer = next(name for name, orders in CUSTOMERS.items() if order in orders)
        shop.client("cashier").send_message(
            QueueUrl=shop.url(QUEUE),
            MessageBody=json.dumps({"order": order, "customer": customer}),
            MessageGroupId=group(customer, order),
            MessageDeduplicationId=deduplication(customer, order),
        )


def make_all(shop: Shop) -> None:
    while messages := shop.receive(queue=QUEUE, MaxNumberOfMessages=10):
        for message in messages:
            shop.make(message, queue=QUEUE)


def test_any_names_of_groups_and_ids_pass(open_shop: OpenShop) -> None:
    shop = open_shop(9)
    for _ in range(2):
        take(shop, lambda customer, _: f"table of {customer}".replace(" ", "-"), lambda _, order: f"2026-{order}")
    make_all(shop)
    assert "12 sends made 6 messages" in shop.passed().proof


def test_ids_from_the_content_pass_when_the_content_has_the_order(open_shop: OpenShop) -> None:
    shop = open_shop(9)
    url = shop.url(QUEUE)
    shop.client("cashier").set_queue_attributes(QueueUrl=url, Attributes={"ContentBasedDeduplication": "true"})
    for customer, orders in CUSTOMERS.items():
        for order in orders:
            body = json.dumps({"order": order})
            shop.client("cashier").send_message(QueueUrl=url, MessageBody=body, MessageGroupId=customer)
    make_all(shop)
    assert shop.passed()


def test_two_customers_in_a_group_wait_for_each_other(open_shop: OpenShop) -> None:
    shop = open_shop(9)
    take(shop, lambda customer, _: "Ada" if customer == "Bo" else customer, lambda _, order: str(order))
    assert shop.diagnosis() == "one-group"


def test_an_order_that_was_dropped_names_the_one_it_was_taken_for(open_shop: OpenShop) -> None:
    shop = open_shop(9)
    take(shop, lambda customer, _: customer, lambda customer, _: customer)
    verdict = shop.verdict()
    assert "Order 4 was sent and is not in the queue" in str(verdict)
    assert "that of order 2" in str(verdict)


def test_orders_are_made_once_each(open_shop: OpenShop) -> None:
    shop = open_shop(9)
    take(shop, lambda customer, _: customer, lambda _, order: str(order))
    assert shop.diagnosis() == "not-made"


def test_a_customer_who_is_served_out_of_order(open_shop: OpenShop) -> None:
    shop = open_shop(9)
    take(shop, lambda customer, _: customer, lambda _, order: str(order))
    shop.send(4, 2, by="barista", queue="made")
    for _ in range(COUNT):
        for message in shop.receive(queue=QUEUE):
            order = json.loads(message["Body"])["order"]
            if order in CUSTOMERS["Bo"]:
                shop.delete(message, queue=QUEUE)
            else:
                shop.make(message, queue=QUEUE)
    assert shop.diagnosis() == "out-of-order"


def test_a_group_for_each_drink_parts_the_orders_of_a_customer(open_shop: OpenShop) -> None:
    shop = open_shop(9)
    drinks = {1: "latte", 2: "mocha", 3: "tea", 4: "cake", 5: "latte", 6: "cake"}
    take(shop, lambda _, order: drinks[order], lambda _, order: str(order))
    assert shop.diagnosis() == "group-per-order"


def test_two_who_share_a_group_wait_for_each_other_some_day(open_shop: OpenShop) -> None:
    shop = open_shop(9)
    take(shop, lambda customer, _: "Bo" if customer == "Bo" else "others", lambda _, order: str(order))
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "one-group"
    assert 'Ada and Cy are in one group, "others"' in verdict.sentence
