"""What a learner reads of an event names queues and topics as the learner does."""

from __future__ import annotations

import pytest

from decaf.lessons.verdict import with_names

TOPIC = "arn:aws:sns:us-east-1:111122223333:orders"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"published to {TOPIC}", "published to orders"),
        (f"SubscriptionCreated of {TOPIC}:cb6bc7b5-4ba2-4a3a-a2c9-365f50434bbb", "SubscriptionCreated of orders"),
        ("delivered to sqs arn:aws:sqs:us-east-1:111122223333:orders.fifo", "delivered to sqs orders.fifo"),
        ("sent to orders", "sent to orders"),
    ],
)
def test_queues_and_topics_are_named(text: str, shown: str) -> None:
    assert with_names(text) == shown
