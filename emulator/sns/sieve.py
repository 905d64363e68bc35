"""One notification held against what a topic's subscriptions want: their filter policies, and pauses after replays.

Rule: what the policies look at is read once for all of them, and not before one asks. A policy on bodies sees the
text that its own subscriber would get, which protocols can have of their own (MessageStructure json).
"""

from __future__ import annotations

from emulator.sns.filters import Candidates, FilterPolicy
from emulator.sns.notification import Notification
from emulator.sns.topic import Subscription


class Sieve:
    """What is to be delivered of one notification, and what not."""

    __slots__ = ("_candidates", "_notification")

    def __init__(self, notification: Notification) -> None:
        self._notification = notification
        self._candidates: dict[str, Candidates] = {}

    def holds_back(self, subscription: Subscription) -> bool:
        """Whether the subscription is paused, or has a filter policy that does not take the notification."""
        if subscription.replay is not None and subscription.replay.paused and not self._notification.replayed:
            return True
        policy: FilterPolicy | None = subscription.attributes.get("FilterPolicy")
        return policy is not None and not policy.matches(self._seen_by(subscription))

    def reason(self, subscription: Subscription) -> str:
        """Why it is held back, for people to read."""
        policy: FilterPolicy | None = subscription.attributes.get("FilterPolicy")
        if policy is None or policy.matches(self._seen_by(subscription)):
            return "the subscription is paused since its replay came to its end"
        return f"the filter policy does not take it: {policy.refusal(self._seen_by(subscription))}"

    def _seen_by(self, subscription: Subscription) -> Candidates:
        notification = self._notification
        protocol = "" if notification.texts is None else subscription.protocol
        candidates = self._candidates.get(protocol)
        if candidates is None:
            text = notification.text_for(protocol)
            candidates = self._candidates[protocol] = Candidates(text, notification.attributes)
        return candidates
