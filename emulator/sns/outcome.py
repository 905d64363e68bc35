"""What becomes of an attempt to deliver: a value, so that one place alone decides what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.sns.notification import Confirmation, Notification
from emulator.sns.topic import Subscription


@dataclass(frozen=True, slots=True)
class Outcome:
    """Delivered, when there is no `reason` why not. Every failure so far is final: nothing is tried again."""

    reason: str | None = None


DELIVERED = Outcome()

Carrier = Callable[[Subscription, float], Outcome]  # delivers one notification to a subscription, at a time


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was to be delivered to whom (an endpoint or a phone number), and what became of it."""

    sent: Notification | Confirmation
    recipient: str
    outcome: Outcome
