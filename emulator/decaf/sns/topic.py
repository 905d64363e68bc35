"""Topics and their subscriptions: what they are and which belong together.

Rule: a topic knows its subscriptions by ARN and by what they deliver to, so that neither subscribing once more nor
publishing has to look through those of others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from decaf.base.arn import Arn
from decaf.sns.archive import Archive, Replay
from decaf.sns.data_protection.policy import DataProtectionPolicy
from decaf.sns.fifo_deduplication import FifoDeduplication
from decaf.sns.filters import PolicyIndex

TOKEN_LIFE = 2 * 86_400  # seconds
PENDING_LIFE = 3 * 86_400  # seconds until an unconfirmed subscription is dropped


@dataclass(slots=True, eq=False)
class Subscription:
    """One subscription. `attributes` holds typed values by AWS's attribute names; times are epoch seconds.

    It is pending until its endpoint's owner confirms it with `token`. `authenticated` says whether the
    confirmation was signed by an account, as that of a subscriber of one's own always is.
    """

    arn: Arn
    topic_arn: Arn
    protocol: str
    endpoint: str
    target: Arn | None  # the endpoint read as an ARN, where it is one
    owner: str  # the account that subscribed
    attributes: dict[str, Any]
    token: str
    token_expires_at: float
    pending: bool
    authenticated: bool
    dropped_at: float = 0.0  # unless somebody confirms it
    guarded: bool = False  # only its owner and the topic's may end it
    replay: Replay | None = None

    @property
    def principal(self) -> str:
        """On whose behalf messages are delivered, an ARN."""
        return f"arn:aws:iam::{self.owner}:root"

    def confirm(self, guarded: bool) -> None:
        """The endpoint's owner agreed; `guarded` when they signed for that, and only they may take it back."""
        self.pending = False
        self.authenticated = self.guarded = guarded


@dataclass(slots=True, eq=False)
class Topic:
    """One topic. `attributes` holds typed values by AWS's attribute names."""

    arn: Arn
    attributes: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[Arn, Subscription] = field(default_factory=dict)
    by_endpoint: dict[tuple[str, str], Subscription] = field(default_factory=dict)  # by protocol and endpoint
    data_protection: DataProtectionPolicy | None = None
    deduplication: FifoDeduplication | None = None  # of a FIFO topic
    archive: Archive | None = None  # of a FIFO topic that keeps what is published
    deleted_count: int = 0  # subscriptions that were here once
    ended: dict[str, Subscription] = field(default_factory=dict)  # those that a link ended, by the token to undo it
    _subscribers: PolicyIndex[Subscription] | None = field(default=None, init=False)  # made when it is asked for

    @property
    def is_fifo(self) -> bool:
        return self.deduplication is not None

    @property
    def subscribers(self) -> PolicyIndex[Subscription]:
        """The confirmed subscriptions, with their filter policies."""
        if self._subscribers is None:
            confirmed = (each for each in self.subscriptions.values() if not each.pending)
            self._subscribers = PolicyIndex({each: each.attributes.get("FilterPolicy") for each in confirmed})
        return self._subscribers

    def forget_subscribers(self) -> None:
        """One of the subscriptions came or went, was confirmed, or has another filter policy."""
        self._subscribers = None

    def in_replay(self) -> list[Subscription]:
        """The confirmed subscriptions that get what is published now by a replay later."""
        if self.archive is None:
            return []
        return [each for each in self.subscribers.policies if each.replay is not None and each.replay.running]

    def add(self, subscription: Subscription) -> None:
        self.forget_subscribers()
        self.subscriptions[subscription.arn] = subscription
        self.by_endpoint[subscription.protocol, subscription.endpoint] = subscription

    def remove(self, subscription: Subscription) -> None:
        self.forget_subscribers()
        del self.subscriptions[subscription.arn]
        del self.by_endpoint[subscription.protocol, subscription.endpoint]
        self.deleted_count += 1

    def keep_ended(self, subscription: Subscription, now: float) -> None:
        """Remember a subscription that was removed, so that its token can bring it back until it expires."""
        self.ended = {s.token: s for s in self.ended.values() if now < s.token_expires_at}
        self.ended[subscription.token] = subscription

    def take_ended(self, token: str, now: float) -> Subscription | None:
        """The removed subscription that `token` brings back, None if there is none or it is too late."""
        subscription = self.ended.pop(token, None)
        return subscription if subscription is not None and now < subscription.token_expires_at else None

    def pending_count(self) -> int:
        return sum(subscription.pending for subscription in self.subscriptions.values())

    def holding(self, token: str) -> Subscription | None:
        """The subscription that `token` confirms, or has confirmed."""
        return next((s for s in self.subscriptions.values() if s.token == token), None)
