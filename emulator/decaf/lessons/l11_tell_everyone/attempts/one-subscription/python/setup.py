"""Makes the shop ready before it opens: a topic, with the one queue that there was."""

import boto3
from shop import sqs

sns = boto3.client("sns")

topic = sns.create_topic(Name="orders")["TopicArn"]
queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
