"""Data protection of topics: putting and getting their policies, and applying them to published messages.

Source: the SNS API Reference, PutDataProtectionPolicy; SNS Developer Guide, "Data protection policy operations".
"""

from __future__ import annotations

from decaf.api.sns.service import Sns, named_arn
from decaf.base.events import SensitiveDataFound, SensitiveDataNotSearched
from decaf.base.identity import default_user
from decaf.sns.data_protection import (
    DataProtectionError,
    DataProtectionPolicy,
    NotSearched,
    Report,
    protect,
    read_policy,
    unsearched,
)
from decaf.sns.errors import invalid, not_authorized, topic_does_not_exist
from decaf.sns.notification import Notification
from decaf.sns.topic import TOPIC_STATE, Topic
from decaf_protocol import Call, Result


def put_data_protection_policy(sns: Sns, call: Call, now: float) -> Result:
    topic = _topic(sns, call)
    topic.data_protection = read_data_protection(call, topic.arn.resource)
    sns.events.mark_dirty(TOPIC_STATE, topic)
    return {}


def get_data_protection_policy(sns: Sns, call: Call, now: float) -> Result:
    policy = _topic(sns, call).data_protection
    return {"DataProtectionPolicy": "" if policy is None else policy.document}


def read_data_protection(call: Call, topic_name: str) -> DataProtectionPolicy | None:
    """Returns the policy in a call; None for the empty text, which removes a policy.

    Raises InvalidParameter for a document that is no policy, and for topics that cannot have one.
    """
    document: str = call.params.get("DataProtectionPolicy", "")
    if not document:
        return None
    if topic_name.endswith(".fifo"):
        raise invalid("DataProtectionPolicy Reason: Data protection policies are for standard topics only.")
    try:
        return read_policy(document)
    except DataProtectionError as error:
        raise invalid(f"DataProtectionPolicy Reason: {error}") from None


def protected(sns: Sns, call: Call, topic: Topic, notification: Notification, now: float) -> Notification:
    """Returns the notification as the topic's policy lets it in. Raises AuthorizationError when it denies it."""
    policy = topic.data_protection
    if policy is None:
        return notification
    principal = default_user(call.account).arn if call.caller is None else call.caller[1]
    if sns.events.listeners:
        _emit_not_searched(sns, topic, policy, principal, notification, now)
    result = protect(policy, "Inbound", principal, notification)
    if result.findings and sns.events.listeners and sns.ids.happens(policy.audit_rate):
        for finding in result.findings:
            if finding.operation == "Audit":
                sns.events.emit(SensitiveDataFound(now, topic.arn, Report(notification.message_id, finding)))
    if result.notification is None:
        raise not_authorized(
            call.account, "Publish", str(topic.arn), " with an explicit deny in a data protection policy"
        )
    return result.notification


def _emit_not_searched(
    sns: Sns, topic: Topic, policy: DataProtectionPolicy, principal: str, notification: Notification, now: float
) -> None:
    names = unsearched(policy, "Inbound", principal)
    for subscription in topic.subscriptions.values():
        names += unsearched(policy, "Outbound", subscription.principal)
    if names:
        subject = NotSearched(notification.message_id, tuple(dict.fromkeys(names)))
        sns.events.emit(SensitiveDataNotSearched(now, topic.arn, subject))


def _topic(sns: Sns, call: Call) -> Topic:
    topic = sns.store.find_topic(named_arn(call, "ResourceArn"))
    if topic is None:
        raise topic_does_not_exist()
    return topic
