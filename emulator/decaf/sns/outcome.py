"""The outcome of an attempt to deliver: a value, from which the courier alone decides what follows."""

from __future__ import annotations

import msgspec

from decaf.sns.application_event import ApplicationEvent
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.topic import Subscription


class Outcome(msgspec.Struct, frozen=True):
    """How an attempt ended: delivered without a `reason`, else failed for it; a `retryable` failure may be temporary.

    `status` is the HTTP status of the subscriber's response, `response` the start of its body. `event` reports the
    failure to the owner of a mobile app, and is to be published.
    """

    reason: str | None = None
    retryable: bool = False
    status: int | None = None
    response: str = ""
    event: ApplicationEvent | None = None


DELIVERED = Outcome()


class DeliveryAttempt(msgspec.Struct, frozen=True):
    """One attempt to deliver `sent` to `recipient`, an endpoint or a phone number, and its outcome.

    `protocol` is the subscription's, None for a notification that was published without a topic. `number` counts the
    attempts of a delivery from 1; `latency` is in seconds, None for a delivery within Publish; `retry_at` is when the
    next attempt is due (epoch seconds), None if there is none.
    """

    sent: Notification | Confirmation
    protocol: str | None
    recipient: str
    outcome: Outcome
    number: int = 1
    latency: float | None = None
    retry_at: float | None = None


class Deliveries(msgspec.Struct, frozen=True):
    """The subscriptions that have got one notification within Publish, at the only attempt."""

    notification: Notification
    subscriptions: list[Subscription]
