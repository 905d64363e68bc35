"""One notification held against what a topic's subscriptions want: their filter policies, and pauses after replays.

Rule: what the policies look at is read once for all of them, and not before one asks; a policy that surely does not
take the notification is not asked at all. A policy on bodies sees the text that its own subscriber would get, which
protocols can have of their own (MessageStructure json).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from decaf.sns.filters import Candidates, FilterPolicy, PolicyIndex
from decaf.sns.notification import Notification
from decaf.sns.topic import Subscription


class Recipients:
    """What became of `notification` at the subscriptions of `subscribers`: `takers` get it, the others do not.

    `absent` are those of them that it does not concern at all.
    """

    __slots__ = ("_absent", "_candidates", "_subscribers", "notification", "takers")

    def __init__(
        self, notification: Notification, subscribers: PolicyIndex[Subscription], absent: Collection[Subscription] = ()
    ) -> None:
        self.notification = notification
        self._subscribers = subscribers
        self._absent = absent
        self._candidates: dict[str, Candidates] = {}
        possible = subscribers.policies if notification.texts is not None else subscribers.possible(self._seen_by(""))
        self.takers = [subscription for subscription in possible if self._takes(subscription)]

    @property
    def held_back_count(self) -> int:
        """How many do not get it."""
        return len(self._subscribers.policies) - len(self._absent) - len(self.takers)

    def held_back(self) -> Iterator[tuple[Subscription, str]]:
        """Those who do not get it, each with why, for people to read: by the policy that it had then."""
        others = {*self._absent, *self.takers}
        for subscription, policy in self._subscribers.policies.items():
            if subscription not in others:
                yield subscription, self._reason(subscription, policy)

    def _takes(self, subscription: Subscription) -> bool:
        if subscription in self._absent:
            return False
        if subscription.replay is not None and subscription.replay.paused and not self.notification.replayed:
            return False
        policy = self._subscribers.policies[subscription]
        return policy is None or policy.matches(self._seen_by(subscription.protocol))

    def _reason(self, subscription: Subscription, policy: FilterPolicy | None) -> str:
        refusal = None if policy is None else policy.refusal(self._seen_by(subscription.protocol))
        if refusal is None:
            return "the subscription is paused since its replay came to its end"
        return f"the filter policy does not take it: {refusal}"

    def _seen_by(self, protocol: str) -> Candidates:
        """What policies of subscriptions by `protocol` look at."""
        notification = self.notification
        key = "" if notification.texts is None else protocol
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = self._candidates[key] = Candidates(notification.text_for(protocol), notification.attributes)
        return candidates
