"""Makes the shop ready: the topic `orders`, and the barista's queue `orders` subscribed to it."""

import boto3
from shop import queue_url, sqs

sns = boto3.client("sns")

topic = sns.create_topic(Name="orders")["TopicArn"]
queue = queue_url("orders")
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
print(f"{arn} is subscribed to {topic}", flush=True)
