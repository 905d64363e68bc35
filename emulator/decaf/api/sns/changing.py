"""Changes of filter policies that have an effect at once, or a while later where a profile says so."""

from __future__ import annotations

from decaf.api.sns.service import Sns
from decaf.sns.topic import ReplacedFilter, Subscription, Topic

# Developer Guide, filter policies: up to 15 minutes. AWS names no time for the other attributes.
LONGEST = 900.0


def keep_filter_for_a_while(sns: Sns, topic: Topic, subscription: Subscription, now: float) -> None:
    """Let the present filter policy of a subscription decide a while longer, if its topic's account is realistic.

    It is called before the attributes get another.
    """
    profile = sns.store.profiles.of(topic.arn.account)
    if not profile.is_realistic:
        subscription.replaced_filter = None  # one of before the profile was set
        return
    present = subscription.replaced_filter
    of = (topic.arn.region, topic.arn.resource, subscription.protocol, subscription.endpoint)
    due = now + LONGEST * profile.draw("filter policy", *of).random()
    replaced = ReplacedFilter(subscription.filter_policy, due if present is None else max(due, present.due))
    subscription.replaced_filter = replaced

    def is_there() -> bool:
        is_it = sns.store.find_subscription(subscription.arn) is subscription
        return is_it and subscription.replaced_filter is replaced

    def carry_out(_: float) -> None:
        if is_there():
            subscription.replaced_filter = None
            topic.forget_subscribers()

    sns.clock.call_at(replaced.due, carry_out, f"a new filter policy of {subscription.arn} takes effect", is_there)
