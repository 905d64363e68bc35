"""The cashier publishes three orders to the topic `orders`, and sees after the first that the queue needs a policy."""

import json

import boto3
from shop import queue_url, sqs

sns = boto3.client("sns")

topic = sns.create_topic(Name="orders")["TopicArn"]
sns.publish(TopicArn=topic, Message=json.dumps({"order": 1}))

queue = queue_url("orders")
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
statement = {
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": arn,
    "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})

for order in (2, 3):
    sns.publish(TopicArn=topic, Message=json.dumps({"order": order}))
