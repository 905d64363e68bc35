"""What a transport is: how the courier and the scheduler use the classes in transports/, one or more per protocol.

Rule: a transport makes one attempt and returns its Outcome. It does not retry, record or dead-letter anything.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from decaf.base.arn import Arn
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import Outcome
from decaf.sns.retry_policy import AWS_MANAGED, RetryPolicy
from decaf.sns.topic import Subscription

# Seconds of an attempt at an endpoint that AWS manages: the key that signs for a function may have to be made, and a
# delivery to an account of another node waits for its owner for half of this.
MANAGED_TIMEOUT = 30.0

DeliverFn = Callable[[Subscription, float], Outcome]  # delivers one notification to a subscription, at a time


class Transport(Protocol):
    """Delivers at once, within Publish: to queues and to the inbox."""

    def prepare(self, notification: Notification) -> DeliverFn:
        """Returns the function that delivers `notification`. Work that serves all subscriptions is done once, here."""


class ConfirmingTransport(Protocol):
    """Delivers requests to confirm a subscription at once."""

    def confirm(self, confirmation: Confirmation, subscription: Subscription, now: float) -> Outcome:
        """Deliver a request to confirm `subscription` to its endpoint."""


class DirectTransport(Protocol):
    """Delivers at once what is published to a phone number or a mobile app's endpoint, without a topic."""

    def send(self, notification: Notification, recipient: str, now: float) -> Outcome:
        """Deliver `notification` to a phone number, or to an endpoint by its ARN."""


class RemoteTransport(Protocol):
    """Delivers after Publish, to subscribers that may be slow or unreachable."""

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        """Make one attempt. The scheduler cancels it when it takes longer than `timeout`."""

    def room(self, subscription: Subscription) -> AbstractAsyncContextManager[object]:
        """Returns the context of an attempt, which waits at its start for what few attempts have at once. The time that
        an attempt may take begins after that."""

    def timeout(self, subscription: Subscription) -> float:
        """Returns the seconds that an attempt may take."""

    def rate(self, subscription: Subscription) -> float | None:
        """Returns the most attempts per second that may start for a subscription, None for any number."""

    def retries(self, subscription: Subscription, outcome: Outcome) -> RetryPolicy:
        """Returns the policy by which a delivery that failed with `outcome` is retried."""

    async def close(self) -> None:
        """Close the connections that are kept open between attempts."""


class ManagedTransport:
    """All of a remote transport but `deliver`, for endpoints that AWS manages itself: any number of attempts may start
    in a second, and no connections are kept open.

    Source: Amazon SNS Developer Guide, "Amazon SNS message delivery retries".
    """

    def room(self, subscription: Subscription) -> AbstractAsyncContextManager[object]:
        return nullcontext()

    def timeout(self, subscription: Subscription) -> float:
        return MANAGED_TIMEOUT

    def rate(self, subscription: Subscription) -> float | None:
        return None

    def retries(self, subscription: Subscription, outcome: Outcome) -> RetryPolicy:
        return AWS_MANAGED

    async def close(self) -> None:
        """There is nothing to close."""


class DeadLetterQueues(Protocol):
    """Delivers to the dead-letter queues of subscriptions."""

    def dead_letter(self, notification: Notification, subscription: Subscription, target: Arn, now: float) -> Outcome:
        """Send a notification that could not be delivered to the queue `target`, in the subscription's own format."""
