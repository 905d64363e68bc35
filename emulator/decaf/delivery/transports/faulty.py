"""Injected faults in deliveries: transports that wrap another one and make it fail, or deliver twice.

Rule: neither the wrapped transport nor the courier sees a difference; what follows from an injected failure is what
follows from a real one.
"""

from __future__ import annotations

from collections.abc import Callable

from decaf.delivery.transport import DeliverFn, DirectTransport, RemoteTransport, Transport
from decaf.faults.effects import ON_DELIVERIES, Duplicate, Effect, Fail, Timeout
from decaf.faults.match import Context
from decaf.faults.rules import Faults
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import Outcome
from decaf.sns.topic import Subscription


class FaultyTransport:
    """A transport with the faults that are set for its subscribers."""

    def __init__(self, inner: Transport, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    def prepare(self, notification: Notification) -> DeliverFn:
        deliver = self._inner.prepare(notification)
        if not self._faults.rules:
            return deliver

        def deliver_with_faults(subscription: Subscription, now: float) -> Outcome:
            context = _context(notification, subscription)
            return _with_faults(self._faults, context, lambda: deliver(subscription, now), now)

        return deliver_with_faults


class FaultyDirect:
    """A transport to phones or apps, with the faults that are set for them."""

    def __init__(self, inner: DirectTransport, protocol: str, faults: Faults) -> None:
        self._inner = inner
        self._protocol = protocol
        self._faults = faults

    def send(self, notification: Notification, recipient: str, now: float) -> Outcome:
        if not self._faults.rules:
            return self._inner.send(notification, recipient, now)
        source = notification.source
        context = Context(
            "sns",
            source.account,
            source.region,
            source,
            subscriber=(self._protocol, recipient),
            message_id=notification.message_id,
        )
        return _with_faults(self._faults, context, lambda: self._inner.send(notification, recipient, now), now)


class FaultyRemote:
    """A remote transport with the faults that are set for its subscribers.

    A duplicate delivery succeeds if either attempt does: an endpoint may well refuse what it has received before.
    """

    def __init__(self, inner: RemoteTransport, faults: Faults, now: Callable[[], float]) -> None:
        self._inner = inner
        self._faults = faults
        self._now = now
        self.room = inner.room
        self.timeout = inner.timeout
        self.rate = inner.rate
        self.retries = inner.retries
        self.close = inner.close

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        earlier: list[Outcome] = []
        if self._faults.rules:
            context = _context(sent, subscription)
            for rule in self._faults.hitting(context, _effects(context), self._now()):
                if not isinstance(rule.effect, Duplicate):
                    return _failure(rule.effect)
                earlier.append(await self._inner.deliver(sent, subscription))
        last = await self._inner.deliver(sent, subscription)
        return next((outcome for outcome in earlier if outcome.reason is None), last)


def _with_faults(faults: Faults, context: Context, deliver: Callable[[], Outcome], now: float) -> Outcome:
    """Returns the outcome of a delivery with the faults that hit it. A duplicate has the outcome of the first."""
    outcomes: list[Outcome] = []
    for rule in faults.hitting(context, _effects(context), now):
        if not isinstance(rule.effect, Duplicate):
            return _failure(rule.effect)
        outcomes.append(deliver())
    outcomes.append(deliver())
    return outcomes[0]


def _context(sent: Notification | Confirmation, subscription: Subscription) -> Context:
    topic = subscription.topic_arn
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


def _effects(context: Context) -> tuple[type[Effect], ...]:
    # A FIFO topic delivers a message once ("Message delivery for FIFO topics"), so there are no duplicates.
    return ON_DELIVERIES if context.is_fifo else (*ON_DELIVERIES, Duplicate)


def _failure(effect: Effect) -> Outcome:
    if isinstance(effect, Fail):
        retryable = effect.status >= 500 or effect.status == 429  # as of a real endpoint: "Message delivery retries"
        return Outcome(f"the endpoint responded with status {effect.status}", retryable, effect.status)
    assert isinstance(effect, Timeout)
    return Outcome("the endpoint did not respond in time", retryable=True)
