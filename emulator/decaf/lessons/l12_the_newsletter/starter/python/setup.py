"""Makes the newsletter ready: a topic for each kind of news, and the customers' mail boxes subscribed to them."""

import boto3
from shop import queue_url, sqs

sns = boto3.client("sns")


def subscribe(customer, topic, **attributes):
    """Let a customer's mail box, the queue with their name, get what is published to a topic."""
    box = sqs.get_queue_attributes(QueueUrl=queue_url(customer), AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box["Attributes"]["QueueArn"], Attributes=attributes)


coupons = sns.create_topic(Name="coupon")["TopicArn"]
trivia = sns.create_topic(Name="trivia")["TopicArn"]
updates = sns.create_topic(Name="update")["TopicArn"]

subscribe("ada", coupons)  # Ada wants coupons, but only those of 20 percent or more
subscribe("ben", trivia)
subscribe("cleo", trivia)
subscribe("cleo", updates)
print("the newsletter is ready", flush=True)
