"""FIFO topics: what they are, what they take, and what reaches queues."""

from __future__ import annotations

import json

from ..trace import Client, Trace, saw

_FIFO = {"FifoTopic": "true"}
_BY_CONTENT = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
_FIFO_QUEUE = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


def attributes(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news.fifo", Attributes=_FIFO)["TopicArn"]
    names = ("FifoTopic", "ContentBasedDeduplication")
    read = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    return {
        "create": saw(sns.create_topic, Name="news.fifo", Attributes=_FIFO),
        "read": {name: read.get(name) for name in names},
        "set": saw(
            sns.set_topic_attributes,
            TopicArn=arn,
            AttributeName="ContentBasedDeduplication",
            AttributeValue="true",
        ),
        "then": sns.get_topic_attributes(TopicArn=arn)["Attributes"]["ContentBasedDeduplication"],
    }


def names(sns: Client) -> Trace:
    cases = {
        "no suffix": "news",
        "256 characters": "n" * 251 + ".fifo",
        "257 characters": "n" * 252 + ".fifo",
        "a dot": "my.news.fifo",
    }
    return {case: saw(sns.create_topic, Name=name, Attributes=_FIFO) for case, name in cases.items()}


def what_a_message_needs(sns: Client) -> Trace:
    fifo = sns.create_topic(Name="news.fifo", Attributes=_FIFO)["TopicArn"]
    standard = sns.create_topic(Name="news")["TopicArn"]
    entry = {"Id": "1", "Message": "m"}
    return {
        "no group": saw(sns.publish, TopicArn=fifo, Message="m"),
        "no id": saw(sns.publish, TopicArn=fifo, Message="m", MessageGroupId="g"),
        "both": _published(
            saw(sns.publish, TopicArn=fifo, Message="m", MessageGroupId="g", MessageDeduplicationId="d")
        ),
        "id to a standard topic": saw(sns.publish, TopicArn=standard, Message="m", MessageDeduplicationId="d"),
        "group to a standard topic": saw(sns.publish, TopicArn=standard, Message="m", MessageGroupId="g"),
        "batch, no group": saw(sns.publish_batch, TopicArn=fifo, PublishBatchRequestEntries=[entry]),
        "batch, no id": saw(
            sns.publish_batch, TopicArn=fifo, PublishBatchRequestEntries=[entry | {"MessageGroupId": "g"}]
        ),
    }


def subscribing(sqs: Client, sns: Client) -> Trace:
    fifo = sns.create_topic(Name="news.fifo", Attributes=_FIFO)["TopicArn"]
    standard = sns.create_topic(Name="news")["TopicArn"]
    fifo_queue, _ = _queue(sqs, "readers.fifo", {"FifoQueue": "true"})
    queue, _ = _queue(sqs, "readers", {})
    return {
        "a FIFO queue": saw(sns.subscribe, TopicArn=fifo, Protocol="sqs", Endpoint=fifo_queue),
        "a standard queue": saw(sns.subscribe, TopicArn=fifo, Protocol="sqs", Endpoint=queue),
        "a phone": saw(sns.subscribe, TopicArn=fifo, Protocol="sms", Endpoint="+15005550006"),
        "a FIFO queue to a standard topic": saw(sns.subscribe, TopicArn=standard, Protocol="sqs", Endpoint=fifo_queue),
    }


def raw_to_a_fifo_queue(sqs: Client, sns: Client) -> Trace:
    topic = sns.create_topic(Name="news.fifo", Attributes=_BY_CONTENT)["TopicArn"]
    queue, url = _queue(sqs, "readers.fifo", _FIFO_QUEUE)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="by content", MessageGroupId="one")
    sns.publish(TopicArn=topic, Message="by id", MessageGroupId="two", MessageDeduplicationId="d")
    messages = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId", "MessageDeduplicationId"]
    )["Messages"]
    return {message["Body"]: message["Attributes"] for message in messages}


def the_envelope(sqs: Client, sns: Client) -> Trace:
    topic = sns.create_topic(Name="news.fifo", Attributes=_BY_CONTENT)["TopicArn"]
    queue, url = _queue(sqs, "readers.fifo", _FIFO_QUEUE)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=topic, Message="m", MessageGroupId="g")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    return {"fields": sorted(json.loads(message["Body"]))}


def publishing_again(sqs: Client, sns: Client) -> Trace:
    topic = sns.create_topic(Name="news.fifo", Attributes=_BY_CONTENT)["TopicArn"]
    queue, url = _queue(sqs, "readers", {})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    answers = [sns.publish(TopicArn=topic, Message="m", MessageGroupId=group) for group in ("a", "a", "b")]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return {
        "ids": len({answer["MessageId"] for answer in answers}),
        "numbers": len({answer.get("SequenceNumber") for answer in answers}),
        "received": [message["Body"] for message in messages],
    }


def dead_letter_queues(sqs: Client, sns: Client) -> Trace:
    topic = sns.create_topic(Name="news.fifo", Attributes=_FIFO)["TopicArn"]
    queue, _ = _queue(sqs, "readers.fifo", {"FifoQueue": "true"})
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    kinds = {"standard": _queue(sqs, "dead", {}), "fifo": _queue(sqs, "dead.fifo", {"FifoQueue": "true"})}
    return {
        kind: saw(
            sns.set_subscription_attributes,
            SubscriptionArn=subscription,
            AttributeName="RedrivePolicy",
            AttributeValue=json.dumps({"deadLetterTargetArn": arn}),
        )
        for kind, (arn, _) in kinds.items()
    }


def _queue(sqs: Client, name: str, given: dict[str, str]) -> tuple[str, str]:
    """A new queue's ARN and URL."""
    url = sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return found["Attributes"]["QueueArn"], url


def _published(seen: Trace) -> Trace:
    """Without the number, which every server has its own way to count."""
    return {name: value for name, value in seen.items() if name != "SequenceNumber"}
