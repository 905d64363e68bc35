"""The service that the operations of SNS act on, and the way to the topic or subscription that a call names.

Rule: an ARN is checked before anything else: its form, then its service and region, then whether it exists.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from decaf.base.arn import Arn, read_arn
from decaf.base.clock import Clock
from decaf.base.events import Events
from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.delivery.courier import Courier
from decaf.delivery.other_worlds import OtherWorlds
from decaf.sns.errors import invalid, subscription_does_not_exist, topic_does_not_exist
from decaf.sns.topic import Subscription, Topic
from decaf.store import Region, Store
from decaf_protocol import Call, Result, check_arn_form

Operation = Callable[["Sns", Call, float], Result | Awaitable[Result]]


class Sns(msgspec.Struct, frozen=True):
    """The service: every operation is a function of it, the call and the time."""

    store: Store
    clock: Clock
    settings: Settings
    ids: Ids
    events: Events
    courier: Courier
    origination_numbers: Mapping[str, dict[str, Any]]  # by number, with the members that ListOriginationNumbers returns
    others: OtherWorlds | None = None  # what has the accounts and regions that this world has not

    def region(self, call: Call) -> Region:
        """Returns the resources of the caller's account in the region of the call."""
        return self.store.region(call.account, call.region or self.settings.region)

    def base_url(self, call: Call) -> str:
        """Returns the URL that the client used: the start of URLs in messages."""
        return self.settings.base_url or call.base_url

    def topic(self, call: Call) -> Topic:
        """Returns the topic that the call's TopicArn names. Raises InvalidParameter or NotFound."""
        topic = self.store.find_topic(named_arn(call, "TopicArn"))
        if topic is None:
            raise topic_does_not_exist()
        return topic

    def subscription(self, call: Call) -> Subscription:
        """Returns the subscription that the call's SubscriptionArn names. Raises InvalidParameter or NotFound."""
        subscription = self.store.find_subscription(subscription_arn(call))
        if subscription is None:
            raise subscription_does_not_exist()
        return subscription


def named_arn(call: Call, parameter: str) -> Arn:
    """Returns the ARN in a parameter. Raises InvalidParameter for one of another form, service or region.

    A call that is not signed (a link that was clicked) has no region: then the ARN's counts.
    """
    text: str = call.params[parameter]
    check_arn_form(parameter, text)
    arn = read_arn(text)
    if arn is None or arn.service != "sns" or call.region not in (None, arn.region):
        raise invalid(parameter)
    return arn


def subscription_arn(call: Call) -> Arn:
    """Returns the call's SubscriptionArn. Raises InvalidParameter, also for an ARN without a subscription's id."""
    arn = named_arn(call, "SubscriptionArn")
    if ":" not in arn.resource:
        raise invalid("SubscriptionId")
    return arn
