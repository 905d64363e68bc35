"""Makes the shop ready: the barista's queue has a policy."""

import json

import boto3
from shop import queue_url, sqs

sns = boto3.client("sns")

topic = sns.create_topic(Name="orders")["TopicArn"]
queue = queue_url("orders")
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

statement = {
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": arn,
    "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
print(f"{arn} is subscribed to {topic}", flush=True)
