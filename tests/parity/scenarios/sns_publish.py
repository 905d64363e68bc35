"""Publish and PublishBatch as the publisher sees them: what is accepted and what is refused."""

from __future__ import annotations

import json
from typing import Any

from ..trace import Client, Trace, saw


def messages(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    return {
        "to a topic": saw(sns.publish, TopicArn=topic, Message="m"),
        "to a topic as a target": saw(sns.publish, TargetArn=topic, Message="m", Subject="s"),
        "to a phone": saw(sns.publish, PhoneNumber="+15005550006", Message="m"),
        "256 KiB": saw(sns.publish, TopicArn=topic, Message="x" * 262_144),
    }


def bad_messages(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    return {
        "empty": saw(sns.publish, TopicArn=topic, Message=""),
        "too long": saw(sns.publish, TopicArn=topic, Message="x" * 262_145),
        "no target": saw(sns.publish, Message="m"),
        "an unknown topic": saw(sns.publish, TopicArn=f"{topic}-2", Message="m"),
        "no phone": saw(sns.publish, PhoneNumber="call me", Message="m"),
    }


def subjects(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    cases = {"99": "s" * 99, "101": "s" * 101, "two lines": "a\nb"}
    return {case: saw(sns.publish, TopicArn=topic, Message="m", Subject=subject) for case, subject in cases.items()}


def bad_structures(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    cases = {
        "no default": json.dumps({"sqs": "m"}),
        "default is no string": json.dumps({"default": 1}),
        "no JSON": "m",
        "no object": "[]",
    }
    return {
        case: saw(sns.publish, TopicArn=topic, Message=message, MessageStructure="json")
        for case, message in cases.items()
    }


def bad_message_attributes(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    cases: dict[str, dict[str, Any]] = {
        "empty value": {"a": {"DataType": "String", "StringValue": ""}},
        "no value": {"a": {"DataType": "String"}},
        "no type": {"a": {"StringValue": "x"}},
        "unknown type": {"a": {"DataType": "Date", "StringValue": "x"}},
        "not a number": {"a": {"DataType": "Number", "StringValue": "ten"}},
    }
    return {
        case: saw(sns.publish, TopicArn=topic, Message="m", MessageAttributes=attributes)
        for case, attributes in cases.items()
    }


def a_batch(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    good = {"Id": "good", "Message": "m", "Subject": "s"}
    return {
        "good": saw(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[good]),
        "an unknown topic": saw(sns.publish_batch, TopicArn=f"{topic}-2", PublishBatchRequestEntries=[good]),
    }


def a_batch_is_refused_whole(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    half = "x" * 140_000
    cases: dict[str, list[dict[str, Any]]] = {
        "empty": [],
        "eleven": [{"Id": f"n{number}", "Message": "m"} for number in range(11)],
        "an id twice": [{"Id": "a", "Message": "m"}, {"Id": "a", "Message": "m"}],
        "a space in an id": [{"Id": "a b", "Message": "m"}],
        "too long together": [{"Id": "a", "Message": half}, {"Id": "b", "Message": half}],
    }
    return {
        case: saw(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)
        for case, entries in cases.items()
    }
