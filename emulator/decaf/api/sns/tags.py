"""Tags of topics: adding, removing and listing them."""

from __future__ import annotations

from decaf.api.sns.service import Sns, named_arn
from decaf.sns.errors import resource_does_not_exist
from decaf.sns.tags import check_count, read_tags
from decaf.sns.topic import TOPIC_STATE, Topic
from decaf_protocol import Call, Result


def tag_resource(sns: Sns, call: Call, now: float) -> Result:
    topic = _topic(sns, call)
    tags = read_tags(call.params["Tags"])
    check_count(tags, topic.tags)
    topic.tags.update(tags)
    sns.events.mark_dirty(TOPIC_STATE, topic)
    return {}


def untag_resource(sns: Sns, call: Call, now: float) -> Result:
    topic = _topic(sns, call)
    for key in call.params["TagKeys"]:
        topic.tags.pop(key, None)
    sns.events.mark_dirty(TOPIC_STATE, topic)
    return {}


def list_tags_for_resource(sns: Sns, call: Call, now: float) -> Result:
    return {"Tags": [{"Key": key, "Value": value} for key, value in _topic(sns, call).tags.items()]}


def _topic(sns: Sns, call: Call) -> Topic:
    topic = sns.store.find_topic(named_arn(call, "ResourceArn"))
    if topic is None:
        raise resource_does_not_exist()
    return topic
