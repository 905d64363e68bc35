"""Filter policies of subscriptions: what they let through, and which are refused."""

from __future__ import annotations

import json
from typing import Any

from ..trace import Client, Trace, saw

_PARIS = {"city": {"DataType": "String", "StringValue": "Paris"}}


def _attributes(**values: Any) -> dict[str, dict[str, str]]:
    """Message attributes of the types that suit the values: a text, a number, a list."""
    types: dict[type, str] = {str: "String", list: "String.Array"}
    return {
        name: {
            "DataType": types.get(type(value), "Number"),
            "StringValue": value if isinstance(value, str) else json.dumps(value),
        }
        for name, value in values.items()
    }


def on_attributes(sqs: Client, sns: Client) -> Trace:
    policies: dict[str, Any] = {
        "exactly": {"city": ["Paris", "Rome"]},
        "a number": {"price": [10.5]},
        "prefix": {"city": [{"prefix": "Par"}]},
        "anything but": {"city": [{"anything-but": ["Rome"]}]},
        "in a range": {"price": [{"numeric": [">", 0, "<=", 10.5]}]},
        "there": {"city": [{"exists": True}]},
        "not there": {"town": [{"exists": False}]},
        "two keys": {"city": ["Paris"], "price": [{"numeric": ["<", 5]}]},
        "in a list": {"tags": ["blue"]},
    }
    messages = {
        "paris": _attributes(city="Paris", price=10.5),
        "rome": _attributes(city="Rome", price=3),
        "cheap": _attributes(city="Paris", price=3),
        "blue": _attributes(tags=["red", "blue"]),
        "town": _attributes(town="Paris"),
    }
    topic, queues = _subscribed(sqs, sns, policies, {})
    for message, attributes in messages.items():
        sns.publish(TopicArn=topic, Message=message, MessageAttributes=attributes)
    return {case: _bodies(sqs, url) for case, url in queues.items()}


def on_bodies(sqs: Client, sns: Client) -> Trace:
    policies: dict[str, Any] = {
        "a key": {"city": ["Paris"]},
        "nested": {"order": {"price": [{"numeric": [">", 5]}]}},
        "true and null": {"paid": [True, None]},
        "two keys": {"city": ["Paris"], "order": {"price": [3]}},
    }
    messages = [
        {"city": "Paris", "order": {"price": 3}},
        {"city": "Rome", "order": {"price": 10}},
        {"paid": True},
        {"paid": None},
        {"paid": "true"},
        {"order": "cheap"},
    ]
    topic, queues = _subscribed(sqs, sns, policies, {"FilterPolicyScope": "MessageBody"})
    for message in messages:
        sns.publish(TopicArn=topic, Message=json.dumps(message))
    sns.publish(TopicArn=topic, Message="no JSON", MessageAttributes=_PARIS)
    return {case: _bodies(sqs, url) for case, url in queues.items()}


def entries_of_a_batch(sqs: Client, sns: Client) -> Trace:
    topic, queues = _subscribed(sqs, sns, {"paris": {"city": ["Paris"]}}, {})
    entries = [
        {"Id": "1", "Message": "paris", "MessageAttributes": _attributes(city="Paris")},
        {"Id": "2", "Message": "rome", "MessageAttributes": _attributes(city="Rome")},
        {"Id": "3", "Message": "nowhere"},
    ]
    return {
        "publish": saw(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries),
        "received": _bodies(sqs, queues["paris"]),
    }


def setting_and_clearing(sqs: Client, sns: Client) -> Trace:
    topic, queues = _subscribed(sqs, sns, {"any": None}, {})
    arn = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"]
    steps = [
        ("FilterPolicy", '{"city": ["Paris"]}'),
        ("FilterPolicyScope", "MessageBody"),
        ("FilterPolicy", '{"order": {"city": ["Paris"]}}'),
        ("FilterPolicy", "{}"),
    ]
    trace: Trace = {"at first": _filter_of(sns, arn)}
    for number, (name, value) in enumerate(steps):
        seen = saw(sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
        trace[f"{number} {name}={value}"] = seen | {"read": _filter_of(sns, arn)}
    sns.publish(TopicArn=topic, Message="no JSON")
    return trace | {"received": _bodies(sqs, queues["any"])}


def policies_that_are_none(sqs: Client, sns: Client) -> Trace:
    topic, _ = _subscribed(sqs, sns, {"any": None}, {})
    arn = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"]
    policies = {
        "no JSON": "city",
        "six keys": json.dumps({key: ["x"] for key in "abcdef"}),
        "no array": '{"city": "Paris"}',
        "an empty array": '{"city": []}',
        "an array in it": '{"city": [["Paris"]]}',
        "an unknown operator": '{"city": [{"sounds-like": "Paris"}]}',
        "numeric of a text": '{"city": [{"numeric": ["<", "10"]}]}',
        "exists of a text": '{"city": [{"exists": "yes"}]}',
        "nested": '{"order": {"city": ["Paris"]}}',
        "151 values": json.dumps({"city": [str(number) for number in range(151)]}),
    }
    return {
        case: saw(
            sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=policy
        )
        for case, policy in policies.items()
    } | {
        "scope": saw(
            sns.set_subscription_attributes,
            SubscriptionArn=arn,
            AttributeName="FilterPolicyScope",
            AttributeValue="Message",
        )
    }


def _subscribed(
    sqs: Client, sns: Client, policies: dict[str, Any], attributes: dict[str, str]
) -> tuple[str, dict[str, str]]:
    """A topic, and for each policy the URL of a queue that gets raw what it lets through."""
    topic = sns.create_topic(Name="news")["TopicArn"]
    queues = {}
    for number, (case, policy) in enumerate(policies.items()):
        url = sqs.create_queue(QueueName=f"readers-{number}")["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        given = attributes | {"RawMessageDelivery": "true"}
        if policy is not None:
            given["FilterPolicy"] = json.dumps(policy)
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=given)
        queues[case] = url
    return topic, queues


def _bodies(sqs: Client, url: str) -> list[str]:
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(message["Body"] for message in messages)


def _filter_of(sns: Client, arn: str) -> dict[str, str | None]:
    read = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return {name: read.get(name) for name in ("FilterPolicy", "FilterPolicyScope")}
