"""The attributes of a subscription: tables of the settable ones, and the computed ones.

Source: the SNS API Reference, Subscribe, SetSubscriptionAttributes and GetSubscriptionAttributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from decaf.base.arn import Arn, read_arn
from decaf.base.attributes import Attribute, write_all, write_truth
from decaf.sns import delivery_policy
from decaf.sns.archive import ReplayPolicy, read_replay_policy, write_replay_policy
from decaf.sns.attribute import BadAttribute, read_all, truth
from decaf.sns.filters import FilterPolicyError, compile_policy
from decaf.sns.filters import clears as clears_filter
from decaf.sns.json_text import NotJson, read_json, write_json
from decaf.sns.topic import Subscription, Topic
from decaf.sns.topic_attributes import beginning_of_archive
from decaf_protocol import ACCOUNT

SCOPES = ("MessageAttributes", "MessageBody")
HTTP_PROTOCOLS = frozenset({"http", "https"})
RAW_PROTOCOLS = frozenset({"sqs", "http", "https", "firehose"})

_ROLE = re.compile(rf"arn:aws[a-z-]*:iam::{ACCOUNT}:role/[\w+=,.@/-]+", re.ASCII)


def _redrive_policy(name: str, value: str) -> dict[str, str]:
    try:
        policy = read_json(value)
    except NotJson as error:
        raise BadAttribute(f"{name}: {error}") from None
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


def _filter_policy(name: str, value: str) -> str | None:
    """Returns the policy's text, which is compiled later, together with its scope."""
    return None if clears_filter(value) else value


def _filter_scope(name: str, value: str) -> str:
    if value not in SCOPES:
        raise BadAttribute(f"{name}: Invalid value [{value}]. Please use either MessageBody or MessageAttributes")
    return value


SETTABLE: dict[str, Attribute] = {
    "DeliveryPolicy": Attribute(delivery_policy.read_subscription_policy, delivery_policy.write, clearable=True),
    "FilterPolicy": Attribute(_filter_policy, lambda policy: str(policy.text)),
    "FilterPolicyScope": Attribute(_filter_scope, default="MessageAttributes"),
    "RawMessageDelivery": Attribute(truth, write_truth, default=False),
    "RedrivePolicy": Attribute(_redrive_policy, write_json, removable=True),  # the Terraform provider on ""
    "SubscriptionRoleArn": Attribute(_role),
}

OF_FIFO_TOPICS: dict[str, Attribute] = {"ReplayPolicy": Attribute(read_replay_policy, write_replay_policy)}

_ALL = SETTABLE | OF_FIFO_TOPICS


class Subscriber(msgspec.Struct, frozen=True):
    """The subscription whose attributes are set, which may not exist yet; `present` are its values before."""

    topic: Topic
    protocol: str
    endpoint: str
    owner: str
    present: Mapping[str, Any]


def read(given: Mapping[str, str | None], subscriber: Subscriber, now: float) -> dict[str, Any]:
    """Returns the values that `given` sets. Raises BadAttribute."""
    values = read_all(SETTABLE | OF_FIFO_TOPICS if subscriber.topic.is_fifo else SETTABLE, given, OF_FIFO_TOPICS)
    if values.get("RawMessageDelivery") and subscriber.protocol not in RAW_PROTOCOLS:
        raise BadAttribute(f"Delivery protocol [{subscriber.protocol}] does not support raw message delivery.")
    if values.get("DeliveryPolicy") and subscriber.protocol not in HTTP_PROTOCOLS:  # recorded in 2026-10
        raise BadAttribute(f"Delivery protocol [{subscriber.protocol}] does not support DeliveryPolicy.")
    # Subscribe: SubscriptionRoleArn is for Firehose delivery streams
    if "SubscriptionRoleArn" in values and subscriber.protocol != "firehose":
        raise BadAttribute(f"Delivery protocol [{subscriber.protocol}] does not support SubscriptionRoleArn.")
    if values.get("RedrivePolicy"):
        _check_target(values["RedrivePolicy"], subscriber)
    if values.get("ReplayPolicy") not in (None, subscriber.present.get("ReplayPolicy")):
        _check_replay(values["ReplayPolicy"], subscriber.topic, now)
    _compile_filter(values, subscriber.present)
    return values


def write(values: Mapping[str, Any]) -> dict[str, str]:
    """Returns the texts that set `values`."""
    return write_all(_ALL, values)


def read_written(texts: Mapping[str, str]) -> dict[str, Any]:
    """Returns the values of texts that `write` wrote."""
    values = read_all(_ALL, texts)
    _compile_filter(values, {})
    return values


def check_complete(values: Mapping[str, Any], protocol: str) -> None:
    """Raises BadAttribute when a new subscription by `protocol` needs more than `values`."""
    if protocol == "firehose" and "SubscriptionRoleArn" not in values:
        raise BadAttribute("SubscriptionRoleArn: no value for required attribute")


def dead_letter_target(subscription: Subscription) -> Arn | None:
    """Returns the ARN of the subscription's dead-letter queue, None when it has none."""
    policy = subscription.attributes.get("RedrivePolicy")
    return None if policy is None else read_arn(policy["deadLetterTargetArn"])


def effective_delivery_policy(subscription: Subscription, topic: Topic) -> dict[str, Any]:
    """Returns the EffectiveDeliveryPolicy of one of the subscriptions of `topic`."""
    return delivery_policy.effective_of_subscription(
        subscription.attributes.get("DeliveryPolicy"), topic.attributes.get("DeliveryPolicy")
    )


def describe(subscription: Subscription, topic: Topic) -> dict[str, str]:
    """Returns all attributes of one of the subscriptions of `topic` as a client reads them."""
    attributes = dict(subscription.attributes)
    if "FilterPolicy" not in attributes:
        del attributes["FilterPolicyScope"]
    shown = write(attributes)
    if subscription.replay is not None:
        shown["ReplayStatus"] = subscription.replay.status.value
    if subscription.protocol in HTTP_PROTOCOLS:
        shown["EffectiveDeliveryPolicy"] = delivery_policy.write(effective_delivery_policy(subscription, topic))
    return shown | {
        "ConfirmationWasAuthenticated": write_truth(subscription.authenticated),
        "Endpoint": subscription.shown_endpoint,
        "Owner": subscription.owner,
        "PendingConfirmation": write_truth(subscription.pending),
        "Protocol": subscription.protocol,
        "SubscriptionArn": str(subscription.arn),
        "SubscriptionPrincipal": subscription.principal,
        "TopicArn": str(subscription.topic_arn),
    }


def _check_target(policy: Mapping[str, str], subscriber: Subscriber) -> None:
    target = read_arn(policy["deadLetterTargetArn"])
    assert target is not None
    if (target.account, target.region) != (subscriber.owner, subscriber.topic.arn.region):
        raise BadAttribute("RedrivePolicy: deadLetterTargetArn must be of the subscription's own account and Region")
    fifo = target.resource.endswith(".fifo")
    if subscriber.topic.is_fifo and subscriber.endpoint.endswith(".fifo") and not fifo:
        raise BadAttribute("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")
    if fifo and not subscriber.topic.is_fifo:
        raise BadAttribute("RedrivePolicy: must use a standard queue as DLQ for a Subscription to a standard Topic.")


def _check_replay(policy: ReplayPolicy, topic: Topic, now: float) -> None:
    beginning = beginning_of_archive(topic, now)
    if beginning is None:
        raise BadAttribute("ReplayPolicy: Topic does not have an ArchivePolicy")
    policy.check(beginning, now)


def _compile_filter(values: dict[str, Any], present: Mapping[str, Any]) -> None:
    """Compile the filter policy in `values`, or for a new scope the present one."""
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
