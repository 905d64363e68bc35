"""The attributes of a subscription: one table of what can be set, and what is shown besides.

Source: the SNS API Reference, Subscribe, SetSubscriptionAttributes and GetSubscriptionAttributes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from emulator.arn import Arn, read_arn
from emulator.sns import delivery_policy
from emulator.sns.attribute import Attribute, BadAttribute, not_here_yet, read_all, truth, write_truth
from emulator.sns.topic import Subscription, Topic

HTTP_PROTOCOLS = frozenset({"http", "https"})
RAW_PROTOCOLS = frozenset({"sqs", "http", "https", "firehose"})

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)


def _redrive_policy(name: str, value: str) -> dict[str, str]:
    try:
        policy = json.loads(value)
    except (ValueError, RecursionError):
        raise BadAttribute(f"{name}: failed to parse JSON.") from None
    if not isinstance(policy, dict):
        raise BadAttribute(f"{name}: failed to parse JSON.")
    for member in policy:
        if member != "deadLetterTargetArn":
            raise BadAttribute(f"{name}: invalid JSON. Attribute {member} is unknown.")
    target = read_arn(str(policy.get("deadLetterTargetArn")))
    if target is None or target.service != "sqs" or not target.resource:
        raise BadAttribute(f"{name}: deadLetterTargetArn is an invalid arn")
    return policy


def _role(name: str, value: str) -> str:
    if _ROLE.fullmatch(value) is None:
        raise BadAttribute(f"{name}: {value} is not the ARN of a role")
    return value


SETTABLE: dict[str, Attribute] = {
    "DeliveryPolicy": Attribute(delivery_policy.read_subscription_policy, delivery_policy.write, clearable=True),
    "FilterPolicy": Attribute(not_here_yet),
    "FilterPolicyScope": Attribute(not_here_yet),
    "RawMessageDelivery": Attribute(truth, write_truth, default=False),
    "RedrivePolicy": Attribute(
        _redrive_policy, lambda policy: json.dumps(policy, separators=(",", ":")), clearable=True
    ),
    "ReplayPolicy": Attribute(not_here_yet),
    "SubscriptionRoleArn": Attribute(_role),
}


def read(given: Mapping[str, str], protocol: str, owner: str, region: str) -> dict[str, Any]:
    """The values that `given` sets for a subscription by `protocol` of the account `owner`. Raises BadAttribute."""
    values = read_all(SETTABLE, given)
    if values.get("RawMessageDelivery") and protocol not in RAW_PROTOCOLS:
        raise BadAttribute(f"Delivery protocol [{protocol}] does not support raw message delivery.")
    if "SubscriptionRoleArn" in values and protocol != "firehose":
        raise BadAttribute(f"Delivery protocol [{protocol}] does not support SubscriptionRoleArn.")
    if values.get("RedrivePolicy"):
        _check_target(values["RedrivePolicy"], owner, region)
    return values


def check_complete(values: Mapping[str, Any], protocol: str) -> None:
    """Raises BadAttribute when a new subscription by `protocol` needs more than `values`."""
    if protocol == "firehose" and "SubscriptionRoleArn" not in values:
        raise BadAttribute("SubscriptionRoleArn: no value for required attribute")


def dead_letter_target(subscription: Subscription) -> Arn | None:
    """The queue that takes what cannot be delivered, None when there is none."""
    policy = subscription.attributes.get("RedrivePolicy")
    return None if policy is None else read_arn(policy["deadLetterTargetArn"])


def effective_delivery_policy(subscription: Subscription, topic: Topic) -> dict[str, Any]:
    """How deliveries over HTTP are made to one of the subscriptions of `topic`."""
    return delivery_policy.effective_of_subscription(
        subscription.attributes.get("DeliveryPolicy"), topic.attributes.get("DeliveryPolicy")
    )


def describe(subscription: Subscription, topic: Topic) -> dict[str, str]:
    """All attributes of one of the subscriptions of `topic` as a client reads them."""
    shown = {name: SETTABLE[name].write(value) for name, value in subscription.attributes.items()}
    if subscription.protocol in HTTP_PROTOCOLS:
        shown["EffectiveDeliveryPolicy"] = delivery_policy.write(effective_delivery_policy(subscription, topic))
    return shown | {
        "ConfirmationWasAuthenticated": write_truth(subscription.authenticated),
        "Endpoint": subscription.endpoint,
        "Owner": subscription.owner,
        "PendingConfirmation": write_truth(subscription.pending),
        "Protocol": subscription.protocol,
        "SubscriptionArn": str(subscription.arn),
        "SubscriptionPrincipal": subscription.principal,
        "TopicArn": str(subscription.topic_arn),
    }


def _check_target(policy: Mapping[str, str], owner: str, region: str) -> None:
    target = read_arn(policy["deadLetterTargetArn"])
    assert target is not None
    if (target.account, target.region) != (owner, region):
        raise BadAttribute("RedrivePolicy: deadLetterTargetArn must be of the subscription's own account and Region")
    if target.resource.endswith(".fifo"):
        raise BadAttribute("RedrivePolicy: must use a standard queue as DLQ for a Subscription to a standard Topic.")
