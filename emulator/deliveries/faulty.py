"""Deliveries that go wrong on purpose: any transport, with faults.

Rule: a transport knows nothing of this, nor does the courier: what follows from a failure is as for a real one.
"""

from __future__ import annotations

from emulator.arn import Arn
from emulator.courier import DirectTransport, Transport
from emulator.faults.effects import ON_DELIVERIES, Duplicate, Effect, Fail, Timeout
from emulator.faults.match import Occasion
from emulator.faults.rules import Faults
from emulator.sns.notification import Notification
from emulator.sns.outcome import Carrier, Outcome
from emulator.sns.topic import Subscription


class Faulty:
    """A transport, with the faults that are set for its subscribers."""

    def __init__(self, inner: Transport, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    def carry(self, notification: Notification) -> Carrier:
        carrier = self._inner.carry(notification)
        if not self._faults.rules:
            return carrier

        def deliver(subscription: Subscription, now: float) -> Outcome:
            occasion = _occasion(subscription)
            for rule in self._faults.striking(occasion, _kinds(occasion), now):
                if not isinstance(rule.effect, Duplicate):
                    return _failure(rule.effect)
                carrier(subscription, now)
            return carrier(subscription, now)

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
            occasion = Occasion("sns", place.account, place.region, place, subscriber=subscriber)
            for rule in self._faults.striking(occasion, ON_DELIVERIES, now):
                return _failure(rule.effect)
        return self._inner.send(notification, recipient, now)


def _occasion(subscription: Subscription) -> Occasion:
    topic: Arn = subscription.topic_arn
    return Occasion(
        service="sns",
        account=topic.account,
        region=topic.region,
        place=subscription.arn,
        queue=subscription.target if subscription.protocol == "sqs" else None,
        topic=topic,
        subscriber=(subscription.protocol, subscription.endpoint, str(subscription.arn)),
    )


def _kinds(occasion: Occasion) -> tuple[type[Effect], ...]:
    return ON_DELIVERIES if occasion.is_fifo else (*ON_DELIVERIES, Duplicate)


def _failure(effect: Effect) -> Outcome:
    if isinstance(effect, Fail):
        return Outcome(f"the endpoint answered with status {effect.status}")
    assert isinstance(effect, Timeout)
    return Outcome("the endpoint did not answer in time")
