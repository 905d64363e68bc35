"""Subscribing over HTTP in tests, the way a program does it."""

from __future__ import annotations

from typing import Any

from tests.endpoint import Endpoint
from tests.live import Live


def confirmed(live: Live, sns: Any, topic: str, endpoint: Endpoint, **attributes: str) -> str:
    """The ARN of a subscription of an endpoint that has confirmed it; `attributes` are the subscription's."""
    subscription: str = sns.subscribe(
        TopicArn=topic,
        Protocol=endpoint.url.partition(":")[0],
        Endpoint=endpoint.url,
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    live.advance(0)
    asked = endpoint.of("SubscriptionConfirmation")[-1].envelope
    sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
    return subscription
