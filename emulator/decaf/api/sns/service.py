"""What the operations of SNS work with, and how they find the topic or subscription that a call names.

Rule: an ARN is checked before anything else: its form, then its service and region, then whether it exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from decaf.base.arn import Arn, read_arn
from decaf.base.clock import Clock
from decaf.base.events import Events
from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.delivery.courier import Courier
from decaf.sns.errors import invalid, subscription_does_not_exist, topic_does_not_exist
from decaf.sns.topic import Subscription, Topic
from decaf.store import Region, Store
from decaf_protocol import Call, Result

Operation = Callable[["Sns", Call, float], Result]


@dataclass(frozen=True, slots=True)
class Sns:
    """The service: every operation is a function of it, the call and the time."""

    store: Store
    clock: Clock
    settings: Settings
    ids: Ids
    events: Events
    courier: Courier
    origination_numbers: Mapping[str, dict[str, Any]]  # by number, with the members that the API gives

    def region(self, call: Call) -> Region:
        """What the caller's own account has in the region that the call is for."""
        return self.store.region(call.account, call.region or self.settings.region)

    def base_url(self, call: Call) -> str:
        """Where the client reaches us: the start of URLs in messages."""
        return self.settings.base_url or f"http://{call.host}"

    def topic(self, call: Call) -> Topic:
        """The topic that the call's TopicArn names. Raises InvalidParameter or NotFound."""
        topic = self.store.find_topic(named_arn(call, "TopicArn"))
        if topic is None:
            raise topic_does_not_exist()
        return topic

    def subscription(self, call: Call) -> Subscription:
        """The subscription that the call's SubscriptionArn names. Raises InvalidParameter or NotFound."""
        subscription = self.store.find_subscription(subscription_arn(call))
        if subscription is None:
            raise subscription_does_not_exist()
        return subscription


def named_arn(call: Call, parameter: str) -> Arn:
    """The ARN of SNS that a parameter gives. Raises InvalidParameter for one of another form, service or region.

    A call that is not signed is for no region (a link that was clicked): then the ARN says which.
    """
    text: str = call.params[parameter]
    elements = text.count(":") + 1
    if elements < 6:
        raise invalid(f"{parameter} Reason: An ARN must have at least 6 elements, not {elements}")
    arn = read_arn(text)
    if arn is None or arn.service != "sns" or call.region not in (None, arn.region):
        raise invalid(parameter)
    return arn


def subscription_arn(call: Call) -> Arn:
    """The call's SubscriptionArn. Raises InvalidParameter, also for an ARN without a subscription's id."""
    arn = named_arn(call, "SubscriptionArn")
    if ":" not in arn.resource:
        raise invalid("SubscriptionId")
    return arn
