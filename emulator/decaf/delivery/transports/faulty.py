"""Deliveries that go wrong on purpose: any transport, with faults.

Rule: a transport knows nothing of this, nor does the courier: what follows from a failure is as for a real one.
"""

from __future__ import annotations

from collections.abc import Callable

from decaf.base.arn import Arn
from decaf.delivery.courier import DirectTransport, Transport
from decaf.delivery.scheduler import RemoteTransport
from decaf.faults.effects import ON_DELIVERIES, Duplicate, Effect, Fail, Timeout
from decaf.faults.match import Context
from decaf.faults.rules import Faults
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DeliverFn, Outcome
from decaf.sns.topic import Subscription


class Faulty:
    """A transport, with the faults that are set for its subscribers."""

    def __init__(self, inner: Transport, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    def prepare(self, notification: Notification) -> DeliverFn:
        deliver_fn = self._inner.prepare(notification)
        if not self._faults.rules:
            return deliver_fn

        def deliver(subscription: Subscription, now: float) -> Outcome:
            context = _context(notification, subscription)
            earlier: list[Outcome] = []
            for rule in self._faults.hitting(context, _kinds(context), now):
                if not isinstance(rule.effect, Duplicate):
                    return _failure(rule.effect)
                earlier.append(deliver_fn(subscription, now))
            last = deliver_fn(subscription, now)
            return earlier[0] if earlier else last

        return deliver


class FaultyDirect:
    """A transport to phones or apps, with the faults that are set for them."""

    def __init__(self, inner: DirectTransport, protocol: str, faults: Faults) -> None:
        self._inner = inner
        self._protocol = protocol
        self._faults = faults

    def send(self, notification: Notification, recipient: str, now: float) -> Outcome:
        if self._faults.rules:
            place = notification.source
            subscriber = (self._protocol, recipient)
            context = Context(
                "sns",
                place.account,
                place.region,
                place,
                subscriber=subscriber,
                message_id=notification.message_id,
            )
            earlier: list[Outcome] = []
            for rule in self._faults.hitting(context, _kinds(context), now):
                if not isinstance(rule.effect, Duplicate):
                    return _failure(rule.effect)
                earlier.append(self._inner.send(notification, recipient, now))
            last = self._inner.send(notification, recipient, now)
            return earlier[0] if earlier else last
        return self._inner.send(notification, recipient, now)


class FaultyRemote:
    """A transport that takes time, with the faults that are set for its subscribers.

    What is delivered twice is delivered if it was once: an endpoint that refuses what it has already is right to.
    """

    def __init__(self, inner: RemoteTransport, faults: Faults, now: Callable[[], float]) -> None:
        self._inner = inner
        self._faults = faults
        self._now = now
        self.timeout = inner.timeout
        self.rate = inner.rate
        self.retries = inner.retries
        self.close = inner.close

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        earlier: list[Outcome] = []
        if self._faults.rules:
            context = _context(sent, subscription)
            for rule in self._faults.hitting(context, _kinds(context), self._now()):
                if not isinstance(rule.effect, Duplicate):
                    return _failure(rule.effect)
                earlier.append(await self._inner.deliver(sent, subscription))
        last = await self._inner.deliver(sent, subscription)
        return next((outcome for outcome in earlier if outcome.reason is None), last)


def _context(sent: Notification | Confirmation, subscription: Subscription) -> Context:
    topic: Arn = subscription.topic_arn
    return Context(
        service="sns",
        account=topic.account,
        region=topic.region,
        target=subscription.arn,
        queue=subscription.target if subscription.protocol == "sqs" else None,
        topic=topic,
        subscriber=(subscription.protocol, subscription.endpoint, str(subscription.arn)),
        message_id=sent.message_id,
    )


def _kinds(context: Context) -> tuple[type[Effect], ...]:
    return ON_DELIVERIES if context.is_fifo else (*ON_DELIVERIES, Duplicate)


def _failure(effect: Effect) -> Outcome:
    if isinstance(effect, Fail):
        retryable = effect.status >= 500 or effect.status == 429
        return Outcome(f"the endpoint answered with status {effect.status}", retryable, effect.status)
    assert isinstance(effect, Timeout)
    return Outcome("the endpoint did not answer in time", retryable=True)
