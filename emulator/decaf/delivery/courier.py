"""The courier: delivers notifications to subscriptions, and decides what follows from each attempt.

The parts of a delivery: the courier decides, the scheduler (scheduler.py) waits, a transport (transport.py,
transports/) makes an attempt, and wiring.py assigns a transport to each protocol.

Rule: a transport only returns an Outcome. The courier decides what follows from it: whether and when the delivery is
retried, what is recorded, and what goes to a dead-letter queue. Queues and the inbox have a notification when Publish
returns; remote deliveries are made afterwards.

FIFO topics deliver to queues only, in the order of publishing, and such a delivery is never retried within Publish: so
no message of a message group can overtake another.

Queues, topics and functions that another world has are reached by way of it, as remote deliveries.

Source: Amazon SNS Developer Guide, "Message delivery retries" and "Amazon SNS dead-letter queues".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from decaf.base.arn import Arn
from decaf.base.clock import Clock
from decaf.base.events import (
    Event,
    Events,
    NotificationDeadLettered,
    NotificationDelivered,
    NotificationFailed,
    NotificationFiltered,
    NotificationPostponed,
    NotificationPublished,
)
from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.base.slices import Slices
from decaf.delivery.delivery import DELIVERY_STATE, Delivery, MessageDelivery, SubscriptionDelivery
from decaf.delivery.other_worlds import Arrivals, ByOtherWorlds, ToOtherWorlds
from decaf.delivery.scheduler import DeliveryScheduler
from decaf.delivery.transport import (
    ConfirmingTransport,
    DeadLetterQueues,
    DeliverFn,
    DirectTransport,
    RemoteTransport,
    Transport,
)
from decaf.delivery.transports.destinations import ServiceMessage, ToDestinations
from decaf.sns.application_event import ApplicationEvent
from decaf.sns.data_protection import Views
from decaf.sns.filters import PolicyIndex
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import Deliveries, DeliveryAttempt, Outcome
from decaf.sns.recipients import Recipients
from decaf.sns.subscription_attributes import dead_letter_target
from decaf.sns.topic import Subscription, Topic
from decaf.store import Store

SLICE = 500  # subscriptions that are delivered to in one slice: it takes about 2 milliseconds

_OF_PLACES = frozenset({"sqs", "lambda"})  # the protocols whose endpoints belong to an account and a region

_SCHEDULED = Outcome()  # of a remote delivery: its attempts have outcomes of their own
_DENIED = Outcome("denied by the topic's data protection policy")
_DELETED = Outcome("the subscription was deleted")

_log = logging.getLogger("decaf")


class Courier:
    """Delivers by the transport of each subscription's protocol.

    Protocols in `remote` are delivered after Publish, and not before `open()`; those in `transports` within it.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        ids: Ids,
        events: Events,
        transports: Mapping[str, Transport],
        confirming: Mapping[str, ConfirmingTransport],
        direct: Mapping[str, DirectTransport],
        remote: Mapping[str, RemoteTransport],
        dead_letter_queues: DeadLetterQueues,
        destinations: ToDestinations,
        arrivals: Arrivals,
        by_others: ByOtherWorlds | None = None,
    ) -> None:
        self.arrivals = arrivals  # delivers here for the couriers of other worlds
        self._store = store
        self._jitter = settings.retry_jitter
        self._ids = ids
        self._events = events
        self._transports = transports
        self._confirming = confirming
        self._direct = direct
        self._remote = remote
        self._by_others = by_others
        self._dead_letter_queues = dead_letter_queues
        self._destinations = destinations
        self._scheduler = DeliveryScheduler(clock, settings, self._attempt, self._conclude)
        self._slices = Slices()  # of publishing to more subscriptions than one slice has

    def publish(self, topic: Topic, notification: Notification, now: float) -> None:
        """Deliver to all confirmed subscriptions of a topic whose filter policies match.

        Where they are many, some deliveries are made later: see `unfinished`.
        """
        recipients = Recipients(notification, topic.subscribers, topic.in_replay())
        if self._events.listeners:
            self._events.emit(NotificationPublished(now, topic.arn, recipients))
        views = None if topic.data_protection is None else Views(topic.data_protection, notification)
        if len(recipients.subscriptions) > SLICE and not topic.is_fifo:
            self._slices.run(self._in_slices(recipients, now, views), topic.arn.account)
        else:
            self._deliver(recipients.subscriptions, notification, now, views, {})

    def unfinished(self) -> asyncio.Future[None] | None:
        """Returns a future that is done when everything published so far is delivered, but for remote deliveries; None
        when it is.
        """
        return self._slices.unfinished()

    def publish_directly(self, protocol: str, recipient: str, notification: Notification, now: float) -> None:
        """Deliver to one phone number or endpoint."""
        if self._events.listeners:
            self._events.emit(NotificationPublished(now, notification.source, notification))
        outcome = self._direct[protocol].send(notification, recipient, now)
        if outcome.event is not None:
            self.publish_application_event(outcome.event, now)
        if self._events.listeners:
            self._record(notification.source, DeliveryAttempt(notification, None, recipient, outcome), now)

    def publish_application_event(self, event: ApplicationEvent, now: float) -> None:
        """Publish an event to the topic that its application names for it, if it names one."""
        if event.topic_arn is None:
            return
        message = ServiceMessage(
            id=self._ids.uuid(),
            source=str(event.application.arn),
            target=event.topic_arn,
            body=event.message(now),
            base_url=event.base_url,
            subject=event.subject,
        )
        self.send(message, now)

    def send(self, message: ServiceMessage, now: float) -> None:
        """Send what a service sends by itself. What cannot be delivered is dropped, with a warning, as Lambda does."""
        if self._by_others is not None and self._by_others.has(message.to):
            self._schedule(MessageDelivery(message, self._by_others.others), now)
        else:
            _note_end(message, self._destinations.deliver(message, now))

    def replay(self, notification: Notification, subscription: Subscription, now: float) -> None:
        """Deliver a notification of a topic's archive to one subscription, marked as replayed."""
        replayed, alone = replace(notification, replayed=True), PolicyIndex({subscription: subscription.filter_policy})
        recipients = Recipients(replayed, alone)
        if self._events.listeners and recipients.filtered_out_count:
            self._events.emit(NotificationFiltered(now, notification.source, recipients))
        self._deliver(recipients.subscriptions, replayed, now, None, {})

    def send_confirmation(self, confirmation: Confirmation, subscription: Subscription, now: float) -> None:
        """Send an endpoint the request to confirm its subscription, or the notice that it was deleted."""
        remote = self._transport_to(subscription)
        if remote is not None:
            self._schedule(SubscriptionDelivery(confirmation, subscription, remote), now)
            return
        outcome = self._confirming[subscription.protocol].confirm(confirmation, subscription, now)
        if self._events.listeners:
            attempt = DeliveryAttempt(confirmation, subscription.protocol, subscription.shown_endpoint, outcome)
            self._record(subscription.arn, attempt, now)

    def resume(
        self,
        sent: Notification | Confirmation,
        subscription: Subscription,
        attempts: int,
        due: float,
        dead_letter_queue: Arn | None = None,
    ) -> Delivery | None:
        """Continue a remote delivery after so many attempts; the next is due at `due` (epoch seconds).

        Returns None if the subscription's protocol is no longer delivered remotely. What was on its way to another
        world is delivered here where that is no other any more, as after a restore.
        """
        remote = self._transport_to(subscription, dead_letter_queue)
        if remote is None and (dead_letter_queue is not None or subscription.protocol == "sqs"):
            remote = ToOtherWorlds(self.arrivals, dead_letter_queue)
        if remote is None:
            return None
        delivery = SubscriptionDelivery(sent, subscription, remote, attempts, dead_letter_queue=dead_letter_queue)
        self._scheduler.resume(delivery, due)
        return delivery

    def resume_message(self, message: ServiceMessage, attempts: int, due: float) -> Delivery:
        """As `resume`, of what a service sends by itself."""
        by_others = self._by_others
        to = self.arrivals if by_others is None or not by_others.has(message.to) else by_others.others
        delivery = MessageDelivery(message, to, attempts)
        self._scheduler.resume(delivery, due)
        return delivery

    async def published(self) -> None:
        """Wait until everything published so far is delivered, but for remote deliveries."""
        await self._slices.finished()

    def finish_publishing(self) -> None:
        """Make now the deliveries that are `unfinished`, so that each publishing is complete."""
        self._slices.finish()

    def deliveries(self) -> list[Delivery]:
        """Returns the remote deliveries that are not done."""
        return self._scheduler.deliveries()

    def drop(self, account: str | None = None) -> None:
        """Drop the remote deliveries that are not done, all or those of one account."""
        self._slices.drop(account)
        self._scheduler.drop(account)

    @property
    def is_busy(self) -> bool:
        """Whether `settle` has something to do."""
        return self._scheduler.is_busy or self._slices.is_busy

    async def settle(self) -> None:
        """Finish publishing, and wait for the attempts under way to end."""
        await self._slices.finished()
        self._slices.finish()
        await self._scheduler.settle()

    def open(self) -> None:
        """Start remote deliveries, in the running event loop."""
        self._slices.open()
        self._scheduler.open()

    async def finish(self, seconds: float) -> None:
        """Wait for the attempts under way to end, for at most so many seconds of real time."""
        await self._scheduler.finish(seconds)

    async def close(self) -> None:
        """Stop remote deliveries; those that are not done are dropped."""
        self._slices.close()
        await self._scheduler.close()
        for transport in dict.fromkeys(self._remote.values()):
            await transport.close()

    # --- at once -------------------------------------------------------------------------------------------

    def _in_slices(self, recipients: Recipients, now: float, views: Views | None) -> Iterator[None]:
        """Deliver to each recipient, as `_deliver` does, in slices."""
        prepared: dict[tuple[str, Notification], DeliverFn] = {}
        for start in range(0, len(recipients.subscriptions), SLICE):
            some = recipients.subscriptions[start : start + SLICE]
            self._deliver(some, recipients.notification, now, views, prepared)
            yield

    def _deliver(
        self,
        subscriptions: Sequence[Subscription],
        notification: Notification,
        now: float,
        views: Views | None,
        prepared: dict[tuple[str, Notification], DeliverFn],
    ) -> None:
        """Deliver to some recipients. `views` has the text that each may see, where that is not the same for all;
        `prepared` has what was prepared for others by protocol and text.
        """
        reached: list[Subscription] = []
        for subscription in subscriptions:
            visible = notification if views is None else views.of(subscription.principal)
            if visible is None:
                outcome = _DENIED
            else:
                key = subscription.protocol, visible
                deliver = prepared.get(key)
                if deliver is None:
                    deliver = prepared[key] = self._prepare(*key)
                outcome = deliver(subscription, now)
            if outcome.reason is not None:
                self._report(notification, reached, now)
                reached = []
                self._fail(notification, subscription, outcome, now)
            elif outcome is not _SCHEDULED:
                reached.append(subscription)
        self._report(notification, reached, now)

    def _report(self, notification: Notification, reached: list[Subscription], now: float) -> None:
        if reached and self._events.listeners:
            self._events.emit(NotificationDelivered(now, notification.source, Deliveries(notification, reached)))

    def _prepare(self, protocol: str, notification: Notification) -> DeliverFn:
        if protocol in self._remote:
            deliver = self._scheduling(notification, self._remote[protocol])
        else:
            deliver = self._transports[protocol].prepare(notification)
        if self._by_others is None or protocol not in _OF_PLACES:
            return deliver
        have, schedule = self._by_others.others.have, self._scheduling(notification, self._by_others.transport)

        def deliver_anywhere(subscription: Subscription, now: float) -> Outcome:
            target = subscription.target
            if target is not None and have(target.account, target.region):
                return schedule(subscription, now)
            return deliver(subscription, now)

        return deliver_anywhere

    def _scheduling(self, notification: Notification, remote: RemoteTransport) -> DeliverFn:
        def schedule(subscription: Subscription, now: float) -> Outcome:
            self._schedule(SubscriptionDelivery(notification, subscription, remote), now)
            return _SCHEDULED

        return schedule

    def _transport_to(self, subscription: Subscription, dead_letter_queue: Arn | None = None) -> RemoteTransport | None:
        """Returns what delivers remotely to a subscriber or its dead-letter queue, None if nothing does."""
        by_others = self._by_others
        if dead_letter_queue is not None:
            return None if by_others is None else by_others.to_dead_letter_queue(dead_letter_queue)
        if by_others is not None and subscription.protocol in _OF_PLACES and by_others.has(subscription.target):
            return by_others.transport
        return self._remote.get(subscription.protocol)

    def _fail(self, notification: Notification, subscription: Subscription, outcome: Outcome, now: float) -> None:
        # No retry: "Message delivery retries" has none for client-side errors, such as a deleted queue.
        if outcome.event is not None:
            self.publish_application_event(outcome.event, now)
        if self._events.listeners:
            attempt = DeliveryAttempt(notification, subscription.protocol, subscription.shown_endpoint, outcome)
            self._events.emit(NotificationFailed(now, subscription.arn, attempt))
        self._dead_letter(notification, subscription, now)

    # --- remotely ------------------------------------------------------------------------------------------

    def _schedule(self, delivery: Delivery, now: float) -> None:
        self._scheduler.send(delivery, now)
        self._events.mark_dirty(DELIVERY_STATE, delivery)

    async def _attempt(self, delivery: Delivery) -> Outcome:
        if isinstance(delivery, SubscriptionDelivery) and not self._is_wanted(delivery):
            return _DELETED
        return await delivery.deliver()

    def _is_wanted(self, delivery: SubscriptionDelivery) -> bool:
        # A confirmation is sent all the same: one that reports the end of a subscription can only come after it.
        # So is what goes to a dead-letter queue.
        is_first = isinstance(delivery.sent, Notification) and delivery.dead_letter_queue is None
        return not is_first or self._exists(delivery.subscription)

    def _conclude(self, delivery: Delivery, outcome: Outcome, latency: float, now: float) -> None:
        """Decide what follows from an attempt of a remote delivery: a retry, or its end."""
        delay = self._retry_delay(delivery, outcome)
        if delay is not None:
            if self._events.listeners and isinstance(delivery, SubscriptionDelivery):
                postponed = replace(delivery.attempt(outcome, latency), retry_at=now + delay)
                self._events.emit(NotificationPostponed(now, delivery.subscription.arn, postponed))
            self._scheduler.send_later(delivery, now + delay)
            self._events.mark_dirty(DELIVERY_STATE, delivery)
            return
        delivery.due = None
        self._events.mark_dirty(DELIVERY_STATE, delivery)
        if isinstance(delivery, SubscriptionDelivery):
            self._end(delivery, delivery.attempt(outcome, latency), now)
        else:
            _note_end(delivery.message, outcome)

    def _end(self, delivery: SubscriptionDelivery, attempt: DeliveryAttempt, now: float) -> None:
        if delivery.dead_letter_queue is not None:
            self._record_dead_letter(delivery.subscription.arn, attempt, now)
            return
        if self._events.listeners:
            self._record(delivery.subscription.arn, attempt, now)
        failed = attempt.outcome.reason is not None and attempt.outcome is not _DELETED
        if failed and isinstance(delivery.sent, Notification):
            self._dead_letter(delivery.sent, delivery.subscription, now)

    def _retry_delay(self, delivery: Delivery, outcome: Outcome) -> float | None:
        """Returns the seconds until the next attempt, None if there is none."""
        if not outcome.retryable:
            return None
        delay = delivery.retries(outcome).delay(delivery.attempts)
        return delay and delay * (1 - self._jitter * self._ids.chance())  # jitter only shortens delays

    def _exists(self, subscription: Subscription) -> bool:
        return self._store.find_subscription(subscription.arn) is subscription

    # --- both ----------------------------------------------------------------------------------------------

    def _record(self, arn: Arn, attempt: DeliveryAttempt, now: float) -> None:
        kind: type[Event] = NotificationDelivered if attempt.outcome.reason is None else NotificationFailed
        self._events.emit(kind(now, arn, attempt))

    def _dead_letter(self, notification: Notification, subscription: Subscription, now: float) -> None:
        target = dead_letter_target(subscription)
        if target is None:
            return
        if self._by_others is not None and self._by_others.has(target):
            remote = self._by_others.to_dead_letter_queue(target)
            self._schedule(SubscriptionDelivery(notification, subscription, remote, dead_letter_queue=target), now)
            return
        outcome = self._dead_letter_queues.dead_letter(notification, subscription, target, now)
        attempt = DeliveryAttempt(notification, subscription.protocol, str(target), outcome)
        self._record_dead_letter(subscription.arn, attempt, now)

    def _record_dead_letter(self, arn: Arn, attempt: DeliveryAttempt, now: float) -> None:
        if self._events.listeners:
            kind = NotificationDeadLettered if attempt.outcome.reason is None else NotificationFailed
            self._events.emit(kind(now, arn, attempt))


def _note_end(message: ServiceMessage, outcome: Outcome) -> None:
    """Warn when what a service sent is dropped."""
    if outcome.reason is not None:
        _log.warning("what %s sent is not delivered to %s: %s", message.source, message.target, outcome.reason)
