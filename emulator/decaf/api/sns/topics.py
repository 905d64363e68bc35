"""Topics: creating, listing, describing, changing and deleting them."""

from __future__ import annotations

import re
from typing import Any

from decaf.api.sns.data_protection import read_data_protection
from decaf.api.sns.paging import page
from decaf.api.sns.replaying import update_archive
from decaf.api.sns.service import Sns, named_arn
from decaf.base.attributes import apply
from decaf.base.events import SubscriptionDeleted, TopicCreated, TopicDeleted
from decaf.sns import topic_attributes
from decaf.sns.attribute import BadAttribute, refused_by_name, refused_in_map
from decaf.sns.data_protection import DataProtectionPolicy
from decaf.sns.errors import invalid, topic_has_archive
from decaf.sns.fifo_deduplication import FifoDeduplication
from decaf.sns.tags import check_count, read_tags
from decaf.sns.topic import SUBSCRIPTION_STATE, TOPIC_STATE, Topic
from decaf.store import Region
from decaf_protocol import Call, Result

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo")


def create_topic(sns: Sns, call: Call, now: float) -> Result:
    region = sns.region(call)
    name: str = call.params["Name"]
    try:
        values = topic_attributes.read_new(call.params.get("Attributes", {}))
    except BadAttribute as bad:
        raise refused_in_map(bad) from None
    tags = read_tags(call.params.get("Tags", []))
    if not (_FIFO_NAME if values.get("FifoTopic") else _NAME).fullmatch(name):
        raise invalid("Topic Name")
    data_protection = read_data_protection(call, name)
    topic = region.topics.get(name)
    if topic is None:
        topic = _create(sns, region, name, values, tags, now)
        topic.data_protection = data_protection
    else:
        _check_same(topic, values, tags, data_protection)
    return {"TopicArn": str(topic.arn)}


def delete_topic(sns: Sns, call: Call, now: float) -> Result:
    arn = named_arn(call, "TopicArn")
    topic = sns.store.find_topic(arn)
    if topic is None:  # DeleteTopic: deleting a topic that does not exist is no error
        return {}
    # DeleteTopic: InvalidState until the ArchivePolicy is removed
    if topic.archive is not None:
        raise topic_has_archive()
    for subscription in list(topic.subscriptions.values()):
        sns.store.remove_subscription(subscription)
        if sns.events.listeners:
            sns.events.emit(SubscriptionDeleted(now, subscription.arn, subscription))
    del sns.store.region(arn.account, arn.region).topics[arn.resource]
    if sns.events.listeners:
        sns.events.emit(TopicDeleted(now, topic.arn))
    return {}


def list_topics(sns: Sns, call: Call, now: float) -> Result:
    topics, token = page(sns.region(call).topics, call.params)
    return {"Topics": [{"TopicArn": str(topic.arn)} for topic in topics], "NextToken": token}


def get_topic_attributes(sns: Sns, call: Call, now: float) -> Result:
    return {"Attributes": topic_attributes.describe(sns.topic(call), now)}


def set_topic_attributes(sns: Sns, call: Call, now: float) -> Result:
    topic = sns.topic(call)
    given = {call.params["AttributeName"]: call.params.get("AttributeValue", "")}
    try:
        values = topic_attributes.read(given, topic)
    except BadAttribute as bad:
        raise refused_by_name(bad) from None
    apply(topic.attributes, values)
    update_archive(topic, now)
    _archive_changed(sns, topic, values)
    sns.events.mark_dirty(TOPIC_STATE, topic)
    return {}


def _create(sns: Sns, region: Region, name: str, values: dict[str, Any], tags: dict[str, str], now: float) -> Topic:
    check_count(tags, {})
    arn = region.topic_arn(name)
    fifo = bool(values.get("FifoTopic"))
    topic = Topic(
        arn, topic_attributes.defaults(arn, fifo), tags, deduplication=FifoDeduplication(arn) if fifo else None
    )
    apply(topic.attributes, values)
    update_archive(topic, now)
    region.topics[name] = topic
    if sns.events.listeners:
        sns.events.emit(TopicCreated(now, arn))
    return topic


def _archive_changed(sns: Sns, topic: Topic, values: dict[str, Any]) -> None:
    """Note a change of the archive for the replays from it, which end with it."""
    if "ArchivePolicy" in values:
        for subscription in topic.subscriptions.values():
            if subscription.replay is not None:
                sns.events.mark_dirty(SUBSCRIPTION_STATE, subscription)


def _check_same(
    topic: Topic, values: dict[str, Any], tags: dict[str, str], data_protection: DataProtectionPolicy | None
) -> None:
    """Raises InvalidParameter unless the topic has the given values; values that were not given are not compared."""
    if any(topic.attributes.get(name) != value for name, value in values.items()) or (
        data_protection is not None
        and (topic.data_protection is None or topic.data_protection.document != data_protection.document)
    ):
        raise invalid("Attributes Reason: Topic already exists with different attributes")
    if any(topic.tags.get(key) != value for key, value in tags.items()):
        raise invalid("Tags Reason: Topic already exists with different tags")
