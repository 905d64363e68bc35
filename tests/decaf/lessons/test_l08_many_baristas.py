"""Lesson 8: any sharing passes that makes every order once and in time; a batch is many deletes."""

from __future__ import annotations

import json
from collections.abc import Callable

from decaf.faults.effects import PartialBatch
from decaf.faults.match import Match
from decaf.testing import Decaf
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]
ORDERS = range(1, 17)


def test_one_order_at_a_time_passes(open_shop: OpenShop) -> None:
    shop = open_shop(8)
    shop.send(*ORDERS)
    for order in ORDERS:
        barista = f"barista-{order % 2}"
        [message] = shop.receive(by=barista)
        shop.advance(0.25)
        shop.make(message, by=barista)
    assert "by 2 baristas" in shop.passed().proof


def test_a_barista_alone_is_too_slow(open_shop: OpenShop) -> None:
    shop = open_shop(8)
    shop.send(*ORDERS)
    for _ in ORDERS:
        [message] = shop.receive()
        shop.advance(0.5)
        shop.make(message)
    assert shop.diagnosis() == "too-slow"


def test_an_entry_that_failed_and_was_tried_again_is_proof(
    open_shop: OpenShop, lesson_server: Decaf, account: str
) -> None:
    shop = open_shop(8)
    shop.send(*ORDERS)
    lesson_server.control.of(account).set_fault(
        PartialBatch(fail=1), Match(queue="orders", operation="DeleteMessageBatch", account=account)
    )
    messages = [message for _ in range(4) for message in shop.receive(MaxNumberOfMessages=4)]
    for message in messages:
        shop.send(json.loads(message["Body"])["order"], by="barista", queue="made")
    entries = [{"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]} for number, each in enumerate(messages[:2])]
    answer = shop.client().delete_message_batch(QueueUrl=shop.url("orders"), Entries=entries)
    assert [entry["Id"] for entry in answer["Failed"]] == ["0"]
    shop.delete(messages[0], *messages[2:])
    assert "The delete of order 1 failed and was tried again" in shop.passed().proof


def test_a_batch_that_takes_longer_than_its_loan(open_shop: OpenShop) -> None:
    shop = open_shop(8)
    shop.send(*ORDERS)
    shop.receive(MaxNumberOfMessages=10)
    shop.advance(3.5)
    assert shop.diagnosis() == "loan-ended"


def test_an_order_that_is_left_is_not_made(open_shop: OpenShop) -> None:
    shop = open_shop(8)
    shop.send(*ORDERS)
    for message in shop.receive(MaxNumberOfMessages=10):
        shop.make(message)
    assert shop.diagnosis() == "too-slow"
