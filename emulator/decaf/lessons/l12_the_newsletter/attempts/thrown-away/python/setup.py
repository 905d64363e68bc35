"""Makes the newsletter ready: one topic for all news, to which everybody is subscribed."""

import boto3
from shop import queue_url, sqs

sns = boto3.client("sns")


def subscribe(customer, topic, **attributes):
    """Let a customer's mail box, the queue with their name, get what is published to a topic."""
    box = sqs.get_queue_attributes(QueueUrl=queue_url(customer), AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box["Attributes"]["QueueArn"], Attributes=attributes)


news = sns.create_topic(Name="news")["TopicArn"]
for customer in ("ada", "ben", "cleo"):
    subscribe(customer, news)
