"""What becomes of an attempt to deliver: a value, so that one place alone decides what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from decaf.sns.application_event import ApplicationEvent
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.topic import Subscription


@dataclass(frozen=True, slots=True)
class Outcome:
    """Delivered, when there is no `reason` why not. A `retryable` failure may be over when it is tried again.

    `status` is the HTTP status of the subscriber's response, `response` the start of its body. `event` is an event
    of a mobile app's endpoint to publish, where the failure is one.
    """

    reason: str | None = None
    retryable: bool = False
    status: int | None = None
    response: str = ""
    event: ApplicationEvent | None = None


DELIVERED = Outcome()
UNDER_WAY = Outcome()  # what became of it is not known yet

DeliverFn = Callable[[Subscription, float], Outcome]  # delivers one notification to a subscription, at a time


class DeliveryAttempt(msgspec.Struct, frozen=True):
    """What was to be delivered to whom (an endpoint or a phone number), and what became of it.

    `protocol` is the subscription's, None for what was published without one. `number` counts the attempts at it
    from 1 on; `latency` is the seconds that this one took, None where it is made at once; `retry_at` is when the next
    one is due (epoch seconds), if there is to be one.
    """

    sent: Notification | Confirmation
    protocol: str | None
    recipient: str
    outcome: Outcome
    number: int = 1
    latency: float | None = None
    retry_at: float | None = None
