"""Remote deliveries, each with all its attempts: to subscriptions, and of what services send by themselves.

Rule: of both kinds the scheduler needs the same. `attempts` is the number of those started, `due` the time of the next
or latest one (epoch seconds), None once the delivery is done. `arn` names the recipient in the list of what is due,
`recipient` in events and logs. Those with one `queue_key` wait in one queue, and may not overtake each other where they
are `is_ordered`. Attempts have the `room`, `timeout`, `rate` and `retries` of a RemoteTransport.
"""

from __future__ import annotations

from collections.abc import Awaitable, Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from decaf.base.arn import Arn
from decaf.base.events import StateKind
from decaf.delivery.other_worlds import Delivers
from decaf.delivery.transport import MANAGED_TIMEOUT, RemoteTransport
from decaf.delivery.transports.destinations import ServiceMessage
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DeliveryAttempt, Outcome
from decaf.sns.retry_policy import AWS_MANAGED, RetryPolicy
from decaf.sns.topic import Subscription


@dataclass(slots=True, eq=False)
class SubscriptionDelivery:
    """The delivery of one notification or confirmation to one subscription. With a `dead_letter_queue` it goes there,
    since it could not be made to the subscriber.
    """

    sent: Notification | Confirmation
    subscription: Subscription
    transport: RemoteTransport
    attempts: int = 0
    due: float | None = None
    dead_letter_queue: Arn | None = None

    @property
    def account(self) -> str:
        """The account of the topic."""
        return self.subscription.topic_arn.account

    @property
    def arn(self) -> Arn:
        return self.subscription.arn

    @property
    def recipient(self) -> str:
        """The subscriber or the dead-letter queue."""
        queue = self.dead_letter_queue
        return self.subscription.shown_endpoint if queue is None else str(queue)

    @property
    def is_ordered(self) -> bool:
        """Whether it may not overtake another one of its message group: it is of a FIFO topic."""
        return isinstance(self.sent, Notification) and self.sent.sequence_number is not None

    @property
    def queue_key(self) -> Hashable:
        """A subscription, or for what a FIFO topic delivers one with a message group."""
        if isinstance(self.sent, Notification) and self.sent.sequence_number is not None:
            return self.subscription, self.sent.group_id
        return self.subscription

    def belongs_to(self, account: str) -> bool:
        """Returns whether `account` owns the subscription or its topic."""
        return account in (self.subscription.owner, self.subscription.topic_arn.account)

    def room(self) -> AbstractAsyncContextManager[object]:
        return self.transport.room(self.subscription)

    def timeout(self) -> float:
        return self.transport.timeout(self.subscription)

    def rate(self) -> float | None:
        return self.transport.rate(self.subscription)

    def retries(self, outcome: Outcome) -> RetryPolicy:
        return self.transport.retries(self.subscription, outcome)

    def deliver(self) -> Awaitable[Outcome]:
        """Make one attempt."""
        return self.transport.deliver(self.sent, self.subscription)

    def attempt(self, outcome: Outcome, latency: float) -> DeliveryAttempt:
        """Returns the latest attempt, which took `latency` seconds."""
        protocol = self.subscription.protocol
        return DeliveryAttempt(self.sent, protocol, self.recipient, outcome, self.attempts, latency)


@dataclass(slots=True, eq=False)
class MessageDelivery:
    """The delivery of what a service sends by itself, by way of the world that has its target."""

    message: ServiceMessage
    to: Delivers
    attempts: int = 0
    due: float | None = None

    @property
    def account(self) -> str:
        """The account of the function or application that the message is about."""
        return self.message.account

    @property
    def arn(self) -> Arn:
        return self.message.to

    @property
    def recipient(self) -> str:
        return self.message.target

    @property
    def is_ordered(self) -> bool:
        return False

    @property
    def queue_key(self) -> Hashable:
        return self.message.target

    def belongs_to(self, account: str) -> bool:
        return account == self.account

    def room(self) -> AbstractAsyncContextManager[object]:
        return self.to.room(self.message.to)

    def timeout(self) -> float:
        return MANAGED_TIMEOUT

    def rate(self) -> float | None:
        return None

    def retries(self, outcome: Outcome) -> RetryPolicy:
        return AWS_MANAGED

    def deliver(self) -> Awaitable[Outcome]:
        """Make one attempt."""
        return self.to.send(self.message)


Delivery = SubscriptionDelivery | MessageDelivery

DELIVERY_STATE: StateKind[Delivery] = StateKind("delivery")
