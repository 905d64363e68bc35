"""What SNS delivers to SQS: wrapped or raw, with its subject and attributes, to one queue or more."""

from __future__ import annotations

import json

from ..trace import Client, Trace, saw, told

_ATTRIBUTES = {
    "city": {"DataType": "String", "StringValue": "Any City"},
    "people": {"DataType": "Number", "StringValue": "12"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    "list": {"DataType": "String.Array", "StringValue": '["a", 1, true, null]'},
}
_WRAPPED = {"RawMessageDelivery": "false"}
_RAW = {"RawMessageDelivery": "true"}


def wrapped(sqs: Client, sns: Client) -> Trace:
    topic, url = _subscribed(sqs, sns, _WRAPPED)
    return {
        "publish": saw(sns.publish, TopicArn=topic, Message="m"),
        "receive": told(_one(sqs, url)),
    }


def wrapped_with_subject_and_attributes(sqs: Client, sns: Client) -> Trace:
    topic, url = _subscribed(sqs, sns, _WRAPPED)
    return {
        "publish": saw(
            sns.publish, TopicArn=topic, Message="\u2615 <&>", Subject="News", MessageAttributes=_ATTRIBUTES
        ),
        "receive": told(_one(sqs, url)),
    }


def raw(sqs: Client, sns: Client) -> Trace:
    topic, url = _subscribed(sqs, sns, _RAW)
    attributes = {name: _ATTRIBUTES[name] for name in ("city", "people")}
    return {
        "publish": saw(sns.publish, TopicArn=topic, Message="\u2615 <&>", Subject="News", MessageAttributes=attributes),
        "receive": saw(sqs.receive_message, QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=5),
    }


def raw_with_bytes(sqs: Client, sns: Client) -> Trace:
    topic, url = _subscribed(sqs, sns, _RAW)
    attributes = {"bytes": _ATTRIBUTES["bytes"]}
    return {
        "publish": saw(sns.publish, TopicArn=topic, Message="m", MessageAttributes=attributes),
        "receive": saw(sqs.receive_message, QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=5),
    }


def a_text_for_queues(sqs: Client, sns: Client) -> Trace:
    topic, url = _subscribed(sqs, sns, _RAW)
    message = json.dumps({"default": "for others", "sqs": "for queues", "email": "for mail"})
    return {
        "publish": saw(sns.publish, TopicArn=topic, Message=message, MessageStructure="json"),
        "receive": saw(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=5),
    }


def the_default_text(sqs: Client, sns: Client) -> Trace:
    topic, url = _subscribed(sqs, sns, _WRAPPED)
    message = json.dumps({"default": "for all", "email": "for mail"})
    return {
        "publish": saw(sns.publish, TopicArn=topic, Message=message, MessageStructure="json"),
        "receive": told(_one(sqs, url)),
    }


def to_two_queues(sqs: Client, sns: Client) -> Trace:
    topic, first = _subscribed(sqs, sns, _RAW, "first")
    _, second = _subscribed(sqs, sns, _RAW, "second")
    return {
        "publish": saw(sns.publish, TopicArn=topic, Message="m"),
        "first": saw(sqs.receive_message, QueueUrl=first, WaitTimeSeconds=5),
        "second": saw(sqs.receive_message, QueueUrl=second, WaitTimeSeconds=5),
    }


def a_batch(sqs: Client, sns: Client) -> Trace:
    topic, url = _subscribed(sqs, sns, _RAW)
    entries = [{"Id": name, "Message": f"message {name}"} for name in ("a", "b")]
    published = saw(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)
    bodies = [_one(sqs, url)["Body"] for _ in entries]
    return {"publish": published, "bodies": sorted(bodies)}


def nothing_after_unsubscribing(sqs: Client, sns: Client) -> Trace:
    topic, url = _subscribed(sqs, sns, _RAW)
    arn = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"]
    sns.unsubscribe(SubscriptionArn=arn)
    return {
        "publish": saw(sns.publish, TopicArn=topic, Message="m"),
        "receive": saw(sqs.receive_message, QueueUrl=url),
    }


def _subscribed(sqs: Client, sns: Client, attributes: dict[str, str], name: str = "readers") -> tuple[str, str]:
    """The topic's ARN, and the URL of a new queue that is subscribed and lets SNS in."""
    topic: str = sns.create_topic(Name="news")["TopicArn"]
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return topic, url


def _one(sqs: Client, url: str) -> dict[str, object]:
    message: dict[str, object] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    return message
