"""A topic's tags."""

from __future__ import annotations

from ..trace import Client, Trace, saw


def tagging(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news", Tags=[{"Key": "team", "Value": "blue"}])["TopicArn"]
    more = [{"Key": "team", "Value": "red"}, {"Key": "stage", "Value": "test"}]
    return {
        "from the start": saw(sns.list_tags_for_resource, ResourceArn=arn),
        "tag": saw(sns.tag_resource, ResourceArn=arn, Tags=more),
        "changed": _by_key(saw(sns.list_tags_for_resource, ResourceArn=arn)),
        "untag": saw(sns.untag_resource, ResourceArn=arn, TagKeys=["team", "stage", "unknown"]),
        "none": saw(sns.list_tags_for_resource, ResourceArn=arn),
    }


def creating_again_with_other_tags(sns: Client) -> Trace:
    blue, red = [{"Key": "team", "Value": "blue"}], [{"Key": "team", "Value": "red"}]
    sns.create_topic(Name="news", Tags=blue)
    return {
        "the same": saw(sns.create_topic, Name="news", Tags=blue),
        "other": saw(sns.create_topic, Name="news", Tags=red),
    }


def tags_of_an_unknown_topic(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news")["TopicArn"] + "-2"
    return {
        "tag": saw(sns.tag_resource, ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}]),
        "untag": saw(sns.untag_resource, ResourceArn=arn, TagKeys=["a"]),
        "list": saw(sns.list_tags_for_resource, ResourceArn=arn),
    }


def _by_key(seen: Trace) -> Trace:
    seen["Tags"].sort(key=lambda tag: tag["Key"])
    return seen
