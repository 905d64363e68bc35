"""Which of a topic's subscriptions get a notification, by their filter policies and by replays.

Rule: the attributes and the body are read once for all filter policies, and only if there are any; policies that
cannot match are skipped by the index. A policy on the body sees the text that its own subscriber would get, which may
differ by protocol (MessageStructure json).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from decaf.sns.filters import Candidates, FilterPolicy, PolicyIndex
from decaf.sns.notification import Notification
from decaf.sns.topic import Subscription


class Recipients:
    """The `subscriptions` of `subscribers` that get `notification`, and those that it is filtered out for.

    `in_replay` are subscriptions that get it later, by their replay: they are neither.
    """

    __slots__ = ("_candidates", "_in_replay", "_subscribers", "filtered_out_count", "notification", "subscriptions")

    def __init__(
        self,
        notification: Notification,
        subscribers: PolicyIndex[Subscription],
        in_replay: Collection[Subscription] = (),
    ) -> None:
        self.notification = notification
        self._subscribers = subscribers
        self._in_replay = in_replay
        self._candidates: dict[str, Candidates] = {}
        self.subscriptions = [each for each in self._matching() if each.replay is None or not self._is_for_replay(each)]
        # The number of subscriptions that do not get the notification.
        self.filtered_out_count = len(subscribers.policies) - len(in_replay) - len(self.subscriptions)

    def others(self) -> Iterator[Subscription]:
        """Yields the subscriptions that do not get the notification."""
        known = {*self._in_replay, *self.subscriptions}
        return (subscription for subscription in self._subscribers.policies if subscription not in known)

    def filtered_out(self) -> Iterator[tuple[Subscription, str]]:
        """Yields the subscriptions that do not get the notification, each with the reason, by the policy it had."""
        for subscription in self.others():
            yield subscription, self._reason(subscription, self._subscribers.policies[subscription])

    def filtered_out_later(self) -> Callable[[], Iterable[tuple[Subscription, str]]]:
        """Returns what yields the same as `filtered_out`, and keeps no more than a small notification alive."""
        if self.notification.is_small:
            self._candidates.clear()  # they are read again when they are needed
            return self.filtered_out
        found = tuple(self.filtered_out())
        return lambda: found

    def _matching(self) -> Iterable[Subscription]:
        subscribers = self._subscribers
        if subscribers.match_all:
            return subscribers.policies
        if self.notification.texts is None:
            return subscribers.matching(self._seen_by(""))
        # The index reads one text; with a text per protocol each policy is matched by itself.
        policies = subscribers.policies.items()
        return [each for each, policy in policies if policy is None or policy.matches(self._seen_by(each.protocol))]

    def _is_for_replay(self, subscription: Subscription) -> bool:
        """Whether a subscription with a replay gets the notification by that alone, if at all."""
        if subscription in self._in_replay:
            return True
        # "Message archiving and replay": after a replay with an EndingPoint a subscription gets no new messages.
        return subscription.replay is not None and subscription.replay.paused and not self.notification.replayed

    def _reason(self, subscription: Subscription, policy: FilterPolicy | None) -> str:
        mismatch = None if policy is None else policy.mismatch(self._seen_by(subscription.protocol))
        if mismatch is None:
            return "the subscription is paused after its replay"
        return f"the filter policy does not match: {mismatch}"

    def _seen_by(self, protocol: str) -> Candidates:
        """Returns the fields that filter policies of subscriptions by `protocol` are matched with."""
        notification = self.notification
        key = "" if notification.texts is None else protocol
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = self._candidates[key] = Candidates(notification.text_for(protocol), notification.attributes)
        return candidates
