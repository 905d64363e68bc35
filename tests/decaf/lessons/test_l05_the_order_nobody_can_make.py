"""Lesson 5: any dead-letter queue and any way back pass; order 13 must not be lost or copied."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from decaf.lessons.verdict import Diagnosis
from tests.decaf.lessons.shop import Shop

OpenShop = Callable[[int], Shop]


def set_aside(shop: Shop, tries: int = 3, retention: str = "1209600") -> str:
    """Makes the dead-letter queue `lost-and-found`, and lets order 13 get there. Returns the queue's URL."""
    sqs = shop.client("setup")
    attributes = {"MessageRetentionPeriod": retention}
    dead = str(sqs.create_queue(QueueName="lost-and-found", Attributes=attributes)["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": tries})
    sqs.set_queue_attributes(QueueUrl=shop.url("orders"), Attributes={"RedrivePolicy": policy})
    shop.send(11, 12, 13)
    for _ in range(2):
        shop.make(shop.receive()[0])
    for _ in range(tries + 1):
        shop.receive()
        shop.advance(31)
    return dead


def test_dead_letters_may_be_sent_back_by_hand(open_shop: OpenShop) -> None:
    shop = open_shop(5)
    set_aside(shop)
    [message] = shop.receive(by="bring_back", queue="lost-and-found")
    shop.send(13, by="bring_back")
    shop.delete(message, by="bring_back", queue="lost-and-found")
    shop.make(shop.receive()[0])
    assert not shop.passed().remark


def test_a_dead_letter_that_was_only_copied_is_still_there(open_shop: OpenShop) -> None:
    shop = open_shop(5)
    set_aside(shop)
    shop.receive(by="bring_back", queue="lost-and-found")
    shop.send(13, by="bring_back")
    shop.make(shop.receive()[0])
    assert shop.diagnosis() == "copied-back"


def test_a_short_retention_period_is_remarked_upon(open_shop: OpenShop) -> None:
    shop = open_shop(5)
    dead = set_aside(shop, retention="345600")
    arn = shop.client().get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    shop.client().start_message_move_task(SourceArn=arn)
    shop.advance(1)
    shop.make(shop.receive()[0])
    assert "lost-and-found keeps messages for 4 days" in shop.passed().remark


@pytest.mark.parametrize(
    ("tries", "expected"), [(2, "not-brought-back"), (5, "not-brought-back"), (6, "too-many-tries")]
)
def test_two_to_five_tries_are_sensible(open_shop: OpenShop, tries: int, expected: str) -> None:
    shop = open_shop(5)
    set_aside(shop, tries)
    assert shop.diagnosis() == expected


def test_orders_have_to_be_received_at_all(open_shop: OpenShop) -> None:
    shop = open_shop(5)
    shop.client("setup").list_queues()
    assert shop.diagnosis() == "not-received"


def test_a_purge_threw_orders_away(open_shop: OpenShop) -> None:
    shop = open_shop(5)
    shop.send(11, 12, 13)
    shop.send(11, by="barista", queue="made")
    shop.client().purge_queue(QueueUrl=shop.url("orders"))
    verdict = shop.verdict()
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "purged"
    assert "orders 12 and 13 had been paid for" in verdict.sentence
