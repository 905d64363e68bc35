"""Subscriptions: made, listed, read, set, ended, for queues, phones and mail."""

from __future__ import annotations

import json

from ..trace import Client, Trace, saw


def a_queue(sqs: Client, sns: Client) -> Trace:
    topic, queue = _topic_and_queue(sqs, sns)
    raw = {"RawMessageDelivery": "true"}
    return {
        "subscribe": saw(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue),
        "again": saw(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue),
        "again, otherwise": saw(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=raw),
        "by topic": saw(sns.list_subscriptions_by_topic, TopicArn=topic),
        "list": saw(sns.list_subscriptions),
    }


def attributes_of_a_queues_subscription(sqs: Client, sns: Client) -> Trace:
    topic, queue = _topic_and_queue(sqs, sns)
    raw = {"RawMessageDelivery": "true"}
    subscribed = saw(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=raw)
    arn = subscribed["SubscriptionArn"]
    return {
        "subscribe": subscribed,
        "raw": saw(sns.get_subscription_attributes, SubscriptionArn=arn),
        "set": saw(
            sns.set_subscription_attributes,
            SubscriptionArn=arn,
            AttributeName="RawMessageDelivery",
            AttributeValue="false",
        ),
        "not raw": saw(sns.get_subscription_attributes, SubscriptionArn=arn),
    }


def a_dead_letter_queue(sqs: Client, sns: Client) -> Trace:
    topic, queue = _topic_and_queue(sqs, sns)
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    trace: Trace = {}
    for case, policy in {
        "set": json.dumps({"deadLetterTargetArn": queue}),
        "too much": json.dumps({"deadLetterTargetArn": queue, "maxReceiveCount": 3}),
        "no ARN": json.dumps({"deadLetterTargetArn": "readers"}),
        "no JSON": "readers",
    }.items():
        trace[case] = saw(
            sns.set_subscription_attributes,
            SubscriptionArn=arn,
            AttributeName="RedrivePolicy",
            AttributeValue=policy,
        )
    read = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return trace | {"RedrivePolicy": read["RedrivePolicy"]}


def a_phone(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    numbers = ("+15005550006", "call me")
    return {number: saw(sns.subscribe, TopicArn=topic, Protocol="sms", Endpoint=number) for number in numbers}


def mail_waits_for_confirmation(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    plain = saw(sns.subscribe, TopicArn=topic, Protocol="email", Endpoint="reader@example.com")
    return {
        "subscribe": plain,
        "asking for the ARN": saw(
            sns.subscribe,
            TopicArn=topic,
            Protocol="email-json",
            Endpoint="reader@example.com",
            ReturnSubscriptionArn=True,
        ),
        "list": _by_protocol(saw(sns.list_subscriptions_by_topic, TopicArn=topic)),
        "end it": saw(sns.unsubscribe, SubscriptionArn="PendingConfirmation"),
    }


def attributes_of_a_pending_subscription(sns: Client) -> Trace:
    topic = sns.create_topic(Name="news")["TopicArn"]
    subscribed = saw(
        sns.subscribe,
        TopicArn=topic,
        Protocol="email",
        Endpoint="reader@example.com",
        ReturnSubscriptionArn=True,
    )
    arn = subscribed["SubscriptionArn"]
    return {"subscribe": subscribed, "read": saw(sns.get_subscription_attributes, SubscriptionArn=arn)}


def bad_endpoints(sqs: Client, sns: Client) -> Trace:
    topic, queue = _topic_and_queue(sqs, sns)
    cases = {
        "no ARN": ("sqs", "readers"),
        "no queue's ARN": ("sqs", queue.replace("sqs", "sns")),
        "no address": ("email", "reader"),
        "https for http": ("http", "https://example.com/"),
        "http for https": ("https", "http://example.com/"),
        "no URL": ("http", "example.com"),
        "no function": ("lambda", "reader"),
        "no protocol": ("pigeon", "loft"),
    }
    return {
        case: saw(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
        for case, (protocol, endpoint) in cases.items()
    }


def bad_attributes(sqs: Client, sns: Client) -> Trace:
    topic, queue = _topic_and_queue(sqs, sns)
    maybe = {"RawMessageDelivery": "maybe"}
    subscribed = saw(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=maybe)
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    wrong = [("Colour", "red"), ("RawMessageDelivery", "maybe"), ("Owner", "me")]
    return {"subscribe": subscribed} | {
        f"{name}={value}": saw(
            sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName=name, AttributeValue=value
        )
        for name, value in wrong
    }


def unsubscribing(sqs: Client, sns: Client) -> Trace:
    topic, queue = _topic_and_queue(sqs, sns)
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    return {
        "unsubscribe": saw(sns.unsubscribe, SubscriptionArn=arn),
        "again": saw(sns.unsubscribe, SubscriptionArn=arn),
        "read": saw(sns.get_subscription_attributes, SubscriptionArn=arn),
        "by topic": saw(sns.list_subscriptions_by_topic, TopicArn=topic),
        "list": saw(sns.list_subscriptions),
    }


def unknown_topics_and_subscriptions(sqs: Client, sns: Client) -> Trace:
    topic, queue = _topic_and_queue(sqs, sns)
    unknown = f"{topic}:00000000-0000-4000-8000-000000000000"
    raw = {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"}
    return {
        "subscribe": saw(sns.subscribe, TopicArn=f"{topic}-2", Protocol="sqs", Endpoint=queue),
        "by topic": saw(sns.list_subscriptions_by_topic, TopicArn=f"{topic}-2"),
        "read": saw(sns.get_subscription_attributes, SubscriptionArn=unknown),
        "set": saw(sns.set_subscription_attributes, SubscriptionArn=unknown, **raw),
        "read by a word": saw(sns.get_subscription_attributes, SubscriptionArn="news"),
        "unsubscribe by a word": saw(sns.unsubscribe, SubscriptionArn="news"),
    }


def deleting_a_topic_ends_its_subscriptions(sqs: Client, sns: Client) -> Trace:
    topic, queue = _topic_and_queue(sqs, sns)
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    sns.delete_topic(TopicArn=topic)
    return {
        "list": saw(sns.list_subscriptions),
        "by topic": saw(sns.list_subscriptions_by_topic, TopicArn=topic),
        "read": saw(sns.get_subscription_attributes, SubscriptionArn=arn),
    }


def _topic_and_queue(sqs: Client, sns: Client) -> tuple[str, str]:
    """The ARNs of a new topic and a new queue."""
    url = sqs.create_queue(QueueName="readers")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return sns.create_topic(Name="news")["TopicArn"], queue


def _by_protocol(seen: Trace) -> Trace:
    seen["Subscriptions"].sort(key=lambda subscription: subscription["Protocol"])
    return seen
