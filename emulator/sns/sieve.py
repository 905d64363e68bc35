"""One notification held against what a topic's subscriptions want: their filter policies, and pauses after replays.

Rule: what the policies look at is read once for all of them, and not before one asks. A policy on bodies sees the
text that its own subscriber would get, which protocols can have of their own (MessageStructure json).
"""

from __future__ import annotations

from typing import NamedTuple

from emulator.sns.filters import Candidates, FilterPolicy
from emulator.sns.notification import Notification
from emulator.sns.topic import Subscription


class HeldBack(NamedTuple):
    """A notification that a subscription does not get, by the policy that it had then. Why is worked out when asked."""

    sent: Notification
    subscription: Subscription
    policy: FilterPolicy | None
    seen: Candidates

    @property
    def reason(self) -> str:
        """Why it is held back, for people to read."""
        if self.policy is None or self.policy.matches(self.seen):
            return "the subscription is paused since its replay came to its end"
        return f"the filter policy does not take it: {self.policy.refusal(self.seen)}"


class Sieve:
    """What is to be delivered of one notification, and what not."""

    __slots__ = ("_candidates", "_notification")

    def __init__(self, notification: Notification) -> None:
        self._notification = notification
        self._candidates: dict[str, Candidates] = {}

    def held_back(self, subscription: Subscription) -> HeldBack | None:
        """What to tell of a subscription that is paused, or has a filter policy that does not take the notification."""
        policy: FilterPolicy | None = subscription.attributes.get("FilterPolicy")
        paused = subscription.replay is not None and subscription.replay.paused and not self._notification.replayed
        if policy is None and not paused:
            return None
        seen = self._seen_by(subscription)
        if (policy is not None and not policy.matches(seen)) or paused:
            return HeldBack(self._notification, subscription, policy, seen)
        return None

    def _seen_by(self, subscription: Subscription) -> Candidates:
        notification = self._notification
        protocol = "" if notification.texts is None else subscription.protocol
        candidates = self._candidates.get(protocol)
        if candidates is None:
            text = notification.text_for(protocol)
            candidates = self._candidates[protocol] = Candidates(text, notification.attributes)
        return candidates
