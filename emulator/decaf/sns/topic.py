"""Topics and their subscriptions.

Rule: a topic has its subscriptions by ARN, by endpoint, and in an index by filter policy, so that neither Subscribe
nor Publish searches through all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from decaf.base.arn import Arn
from decaf.base.events import StateKind
from decaf.base.identity import default_user
from decaf.sns.archive import Archive, Replay
from decaf.sns.data_protection.policy import DataProtectionPolicy
from decaf.sns.fifo_deduplication import FifoDeduplication
from decaf.sns.filters import FilterPolicy, PolicyIndex

TOKEN_LIFE = 2 * 86_400  # seconds
PENDING_LIFE = 3 * 86_400  # seconds until an unconfirmed subscription is dropped

TOPIC_STATE: StateKind[Topic] = StateKind("topic")
SUBSCRIPTION_STATE: StateKind[Subscription] = StateKind("subscription")


class ReplacedFilter(Struct, frozen=True, eq=False):
    """A filter policy that the attributes no longer have, and that decides until `due` (epoch seconds); None: all."""

    policy: FilterPolicy | None
    due: float


@dataclass(slots=True, eq=False)
class Subscription:
    """One subscription. `attributes` holds typed values by AWS's attribute names; times are epoch seconds.

    It is `pending` until its endpoint's owner confirms it with `token`. `authenticated` is whether an account signed
    the confirmation; a subscription to an endpoint of the subscriber's own needs none, and counts as signed.
    """

    arn: Arn
    topic_arn: Arn
    protocol: str
    endpoint: str
    target: Arn | None  # the endpoint as an ARN, if it is one
    owner: str  # the account that subscribed
    attributes: dict[str, Any]
    token: str
    token_expires_at: float
    pending: bool
    authenticated: bool
    dropped_at: float = 0.0  # of a pending one: when it is deleted unless it is confirmed
    guarded: bool = False  # only its owner and the topic's can delete it: AuthenticateOnUnsubscribe
    replay: Replay | None = None
    replaced_filter: ReplacedFilter | None = None
    # The endpoint without the password that a URL may have, for lists, events and logs: each delivery's event has it.
    shown_endpoint: str = field(init=False)

    def __post_init__(self) -> None:
        is_url = self.protocol in ("http", "https")
        self.shown_endpoint = without_password(self.endpoint) if is_url else self.endpoint

    @property
    def filter_policy(self) -> FilterPolicy | None:
        """The filter policy that decides now."""
        if self.replaced_filter is not None:
            return self.replaced_filter.policy
        policy: FilterPolicy | None = self.attributes.get("FilterPolicy")
        return policy

    @property
    def principal(self) -> str:
        """The ARN of the principal on whose behalf messages are delivered, for data protection policies."""
        return default_user(self.owner).arn

    def confirm(self, guarded: bool) -> None:
        """Confirm it, by the endpoint's owner; with `guarded` they signed, and only owners can delete it."""
        self.pending = False
        self.authenticated = self.guarded = guarded


def without_password(url: str) -> str:
    """Returns a URL with its password masked, as AWS lists it: https://user:****@example.com/orders."""
    scheme, _, rest = url.partition("://")
    authority = rest[: min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))]
    user_info, _, host = authority.rpartition("@")
    user, colon, _ = user_info.partition(":")
    return f"{scheme}://{user}:****@{host}{rest[len(authority) :]}" if colon else url


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
    archive: Archive | None = None  # of a FIFO topic with an ArchivePolicy
    deleted_count: int = 0  # SubscriptionsDeleted
    ended: dict[str, Subscription] = field(default_factory=dict)  # deleted by a link, by the token that restores them
    _subscribers: PolicyIndex[Subscription] | None = field(default=None, init=False)  # made at the first use

    @property
    def is_fifo(self) -> bool:
        return self.deduplication is not None

    @property
    def subscribers(self) -> PolicyIndex[Subscription]:
        """The confirmed subscriptions, indexed by filter policy."""
        if self._subscribers is None:
            confirmed = (each for each in self.subscriptions.values() if not each.pending)
            self._subscribers = PolicyIndex({each: each.filter_policy for each in confirmed})
        return self._subscribers

    def forget_subscribers(self) -> None:
        """Index again: a subscription was added, removed or confirmed, or its filter policy has changed."""
        self._subscribers = None

    def in_replay(self) -> list[Subscription]:
        """Returns the confirmed subscriptions that get new messages by their replay, which is still running."""
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
        """Keep a removed subscription, so that its token can restore it until the token expires."""
        self.ended = {s.token: s for s in self.ended.values() if now < s.token_expires_at}
        self.ended[subscription.token] = subscription

    def take_ended(self, token: str, now: float) -> Subscription | None:
        """Returns the removed subscription that `token` restores, None if there is none or the token has expired."""
        subscription = self.ended.pop(token, None)
        return subscription if subscription is not None and now < subscription.token_expires_at else None

    def pending_count(self) -> int:
        """Returns the number of subscriptions that are not confirmed yet."""
        return sum(subscription.pending for subscription in self.subscriptions.values())

    def find_by_token(self, token: str) -> Subscription | None:
        """Returns the subscription that `token` confirms or has confirmed, None if there is none."""
        return next((s for s in self.subscriptions.values() if s.token == token), None)
