"""Makes the newsletter ready: one topic for all news, and for each customer a policy of what they like."""

import json

import boto3
from shop import queue_url, sqs

sns = boto3.client("sns")


def subscribe(customer, topic, **attributes):
    """Let a customer's mail box, the queue with their name, get what is published to a topic."""
    box = sqs.get_queue_attributes(QueueUrl=queue_url(customer), AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box["Attributes"]["QueueArn"], Attributes=attributes)


news = sns.create_topic(Name="news")["TopicArn"]

subscribe("ada", news, FilterPolicy=json.dumps({"kind": ["coupon"], "percent": [{"numeric": [">=", 20]}]}))
subscribe("ben", news, FilterPolicy=json.dumps({"kind": ["trivia"]}))
subscribe("cleo", news, FilterPolicy=json.dumps({"kind": ["trivia", "update"]}))
print("the newsletter is ready", flush=True)
