"""The attributes of a subscription: one table of what can be set, and what is shown besides.

Source: the SNS API Reference, Subscribe, SetSubscriptionAttributes and GetSubscriptionAttributes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.arn import Arn, read_arn
from emulator.sns.attribute import Attribute, BadAttribute, not_here_yet, read_all, truth, write_truth
from emulator.sns.filters import FilterPolicyError, compile_policy
from emulator.sns.filters import clears as clears_filter
from emulator.sns.topic import Subscription

SCOPES = ("MessageAttributes", "MessageBody")
RAW_PROTOCOLS = frozenset({"sqs", "http", "https", "firehose"})


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


def _filter_policy(name: str, value: str) -> str | None:
    """The policy's text; it is compiled together with its scope."""
    return None if clears_filter(value) else value


def _filter_scope(name: str, value: str) -> str:
    if value not in SCOPES:
        raise BadAttribute(f"{name}: Invalid value [{value}]. Please use either MessageBody or MessageAttributes")
    return value


SETTABLE: dict[str, Attribute] = {
    "DeliveryPolicy": Attribute(not_here_yet),
    "FilterPolicy": Attribute(_filter_policy, lambda policy: str(policy.text)),
    "FilterPolicyScope": Attribute(_filter_scope, default="MessageAttributes"),
    "RawMessageDelivery": Attribute(truth, write_truth, default=False),
    "RedrivePolicy": Attribute(
        _redrive_policy, lambda policy: json.dumps(policy, separators=(",", ":")), clearable=True
    ),
    "ReplayPolicy": Attribute(not_here_yet),
    "SubscriptionRoleArn": Attribute(not_here_yet),
}


def read(
    given: Mapping[str, str], protocol: str, owner: str, region: str, present: Mapping[str, Any]
) -> dict[str, Any]:
    """The values that `given` sets for a subscription by `protocol` of the account `owner`, beside those `present`.

    Raises BadAttribute.
    """
    values = read_all(SETTABLE, given)
    if values.get("RawMessageDelivery") and protocol not in RAW_PROTOCOLS:
        raise BadAttribute(f"Delivery protocol [{protocol}] does not support raw message delivery.")
    if values.get("RedrivePolicy"):
        _check_target(values["RedrivePolicy"], owner, region)
    _compile_filter(values, present)
    return values


def dead_letter_target(subscription: Subscription) -> Arn | None:
    """The queue that takes what cannot be delivered, None when there is none."""
    policy = subscription.attributes.get("RedrivePolicy")
    return None if policy is None else read_arn(policy["deadLetterTargetArn"])


def describe(subscription: Subscription) -> dict[str, str]:
    """All attributes as a client reads them."""
    attributes = dict(subscription.attributes)
    if "FilterPolicy" not in attributes:
        del attributes["FilterPolicyScope"]
    return {name: SETTABLE[name].write(value) for name, value in attributes.items()} | {
        "ConfirmationWasAuthenticated": write_truth(subscription.authenticated),
        "Endpoint": subscription.endpoint,
        "Owner": subscription.owner,
        "PendingConfirmation": write_truth(subscription.pending),
        "Protocol": subscription.protocol,
        "SubscriptionArn": str(subscription.arn),
        "SubscriptionPrincipal": f"arn:aws:iam::{subscription.owner}:root",
        "TopicArn": str(subscription.topic_arn),
    }


def _check_target(policy: Mapping[str, str], owner: str, region: str) -> None:
    target = read_arn(policy["deadLetterTargetArn"])
    assert target is not None
    if (target.account, target.region) != (owner, region):
        raise BadAttribute("RedrivePolicy: deadLetterTargetArn must be of the subscription's own account and Region")
    if target.resource.endswith(".fifo"):
        raise BadAttribute("RedrivePolicy: must use a standard queue as DLQ for a Subscription to a standard Topic.")


def _compile_filter(values: dict[str, Any], present: Mapping[str, Any]) -> None:
    """Put the compiled policy in the place of its text; another scope compiles the policy anew that is there."""
    if not values.keys() & {"FilterPolicy", "FilterPolicyScope"}:
        return
    old = present.get("FilterPolicy")
    text = values.get("FilterPolicy", old and old.text)
    if text is None:
        return
    scope = values.get("FilterPolicyScope") or present.get("FilterPolicyScope", "MessageAttributes")
    try:
        values["FilterPolicy"] = compile_policy(text, scope)
    except FilterPolicyError as error:
        raise BadAttribute(error.reason) from None
