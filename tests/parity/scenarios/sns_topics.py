"""A topic's life and attributes, and the ARNs that name it."""

from __future__ import annotations

import json

from ..trace import Client, Trace, saw

_HERE = "arn:aws:sns:us-east-1"


def create_and_list(sns: Client) -> Trace:
    return {
        "none": saw(sns.list_topics),
        "create": saw(sns.create_topic, Name="news"),
        "again": saw(sns.create_topic, Name="news"),
        "list": saw(sns.list_topics),
    }


def deleting(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news")["TopicArn"]
    return {
        "delete": saw(sns.delete_topic, TopicArn=arn),
        "again": saw(sns.delete_topic, TopicArn=arn),
        "read": saw(sns.get_topic_attributes, TopicArn=arn),
        "publish": saw(sns.publish, TopicArn=arn, Message="m"),
        "list": saw(sns.list_topics),
    }


def topic_names(sns: Client) -> Trace:
    names = {
        "256 letters": "t" * 256,
        "257 letters": "t" * 257,
        "all kinds": "A-z_0",
        "a space": "my news",
        "a dot": "my.news",
        "fifo, not asked for": "news.fifo",
        "empty": "",
    }
    return {case: saw(sns.create_topic, Name=name) for case, name in names.items()}


def creating_again_with_other_attributes(sns: Client) -> Trace:
    sns.create_topic(Name="news", Attributes={"DisplayName": "News"})
    return {
        "the same": saw(sns.create_topic, Name="news", Attributes={"DisplayName": "News"}),
        "none": saw(sns.create_topic, Name="news"),
        "other": saw(sns.create_topic, Name="news", Attributes={"DisplayName": "Old"}),
    }


def attributes(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news")["TopicArn"]
    return {"read": saw(sns.get_topic_attributes, TopicArn=arn)}


def setting_attributes(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news", Attributes={"DisplayName": "News"})["TopicArn"]
    for name, value in (("DisplayName", "Old"), ("SignatureVersion", "2"), ("TracingConfig", "Active")):
        sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    read = saw(sns.get_topic_attributes, TopicArn=arn)
    read["Attributes"] = {
        name: read["Attributes"].get(name) for name in ("DisplayName", "SignatureVersion", "TracingConfig")
    }
    return {"read": read}


def a_policy(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news")["TopicArn"]
    statement = {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {
        "set": saw(sns.set_topic_attributes, TopicArn=arn, AttributeName="Policy", AttributeValue=policy),
        "Policy": sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"],
    }


def setting_bad_attributes(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news")["TopicArn"]
    wrong = [("Colour", "red"), ("SignatureVersion", "3"), ("TracingConfig", "Sometimes"), ("Owner", "me")]
    return {
        f"{name}={value}": saw(sns.set_topic_attributes, TopicArn=arn, AttributeName=name, AttributeValue=value)
        for name, value in wrong
    } | {
        "unknown topic": saw(
            sns.set_topic_attributes, TopicArn=f"{arn}-2", AttributeName="DisplayName", AttributeValue="x"
        )
    }


def counts(sqs: Client, sns: Client) -> Trace:
    arn = sns.create_topic(Name="news")["TopicArn"]
    url = sqs.create_queue(QueueName="readers")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    confirmed = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="reader@example.com")
    trace = {"two": _counted(sns, arn)}
    sns.unsubscribe(SubscriptionArn=confirmed)
    return trace | {"one unsubscribed": _counted(sns, arn)}


def arns_that_are_none(sns: Client) -> Trace:
    trace: Trace = {}
    for case, arn in {"a word": "news", "empty": "", "no name": f"{_HERE}:000000000000"}.items():
        trace[f"read, {case}"] = saw(sns.get_topic_attributes, TopicArn=arn)
        trace[f"publish, {case}"] = saw(sns.publish, TopicArn=arn, Message="m")
        trace[f"delete, {case}"] = saw(sns.delete_topic, TopicArn=arn)
    return trace


def a_topic_of_another_region(sns: Client) -> Trace:
    there = sns.create_topic(Name="news")["TopicArn"].replace("us-east-1", "eu-west-1")
    return {
        "read": saw(sns.get_topic_attributes, TopicArn=there),
        "publish": saw(sns.publish, TopicArn=there, Message="m"),
        "subscriptions": saw(sns.list_subscriptions_by_topic, TopicArn=there),
    }


def listing_in_pages(sns: Client) -> Trace:
    for number in range(101):
        sns.create_topic(Name=f"news-{number:03}")
    first = sns.list_topics()
    second = sns.list_topics(NextToken=first["NextToken"])
    found = {topic["TopicArn"] for topic in first["Topics"] + second["Topics"]}
    return {
        "pages": [len(first["Topics"]), len(second["Topics"])],
        "topics": len(found),
        "more": "NextToken" in second,
    }


def _counted(sns: Client, arn: str) -> dict[str, str]:
    read = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    return {name: read[name] for name in ("SubscriptionsConfirmed", "SubscriptionsPending")}
