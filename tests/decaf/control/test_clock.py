"""The clock's calls: how far it goes in one, and what is next."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.control.clock import MAX_ADVANCE
from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import START


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, "exactly one of seconds and to is required"),
        ({"seconds": 1, "to": START + 1}, "exactly one of seconds and to is required"),
        ({"seconds": -0.001}, "the clock only moves forward"),
        ({"to": START - 1}, "the clock only moves forward"),
        ({"seconds": MAX_ADVANCE + 1}, "one call moves the clock by 3,162,240,000 s at most"),
        ({"to": 1e300}, "one call moves the clock by 3,162,240,000 s at most"),
    ],
)
def test_it_goes_forward_and_not_too_far(bench: Bench, asked: dict[str, Any], text: str) -> None:
    assert bench.post("/clock/advance", **asked) == (400, text)
    assert bench.get("/clock")["now"] == START


def test_a_hundred_years_are_one_move(bench: Bench) -> None:
    bench.send(bench.queue())
    assert bench.post("/clock/advance", seconds=MAX_ADVANCE)["now"] == START + MAX_ADVANCE
    assert bench.kinds()[-1] == "MessageExpired"


def test_the_next_event_is_named_and_happens(bench: Bench) -> None:
    sent = bench.send(bench.queue(), DelaySeconds=7)
    moved = bench.post("/clock/next")
    assert moved == {"now": START + 7, "due": f"delay of message {sent} in kitchen ends"}
    assert bench.get("/queues")["queues"][0]["visible"] == 1


def test_a_look_at_what_is_next_moves_nothing(bench: Bench) -> None:
    sent = bench.send(bench.queue(), DelaySeconds=7)
    due = f"delay of message {sent} in kitchen ends"
    assert bench.post("/clock/next", look=True) == {"now": START, "due": due, "at": START + 7}
    assert bench.get("/clock")["now"] == START


PENDING: dict[str, Any] = {"Protocol": "email", "Endpoint": "jo@example.com", "ReturnSubscriptionArn": True}


def test_a_subscription_that_waits_for_its_confirmation_is_next_until_it_is_confirmed(bench: Bench) -> None:
    topic = bench.topic()
    arn = bench.sns("Subscribe", TopicArn=topic, **PENDING)["SubscriptionArn"]
    sent = bench.send(bench.queue(), DelaySeconds=900)
    (subscription,) = bench.get("/subscriptions")["subscriptions"]
    bench.sns("ConfirmSubscription", TopicArn=topic, Token=subscription["token"])
    assert arn == subscription["arn"]
    bench.post("/clock/advance", seconds=900)
    assert bench.post("/clock/next")["due"] == f"message {sent} in kitchen expires"


def test_what_was_deleted_is_not_next(bench: Bench) -> None:
    topic = bench.topic()
    bench.sns("Subscribe", TopicArn=topic, **PENDING)
    assert bench.world.next_due() is not None
    bench.sns("DeleteTopic", TopicArn=topic)
    assert bench.post("/clock/next") == {"now": START, "due": None}
