"""Makes the shop ready before it opens: a topic, and a queue of their own for each who wants its orders."""

import boto3
from shop import sqs

sns = boto3.client("sns")

topic = sns.create_topic(Name="orders")["TopicArn"]
for name in ("kitchen", "stock", "loyalty"):
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    # The kitchen gets the order itself. The others get it in an envelope, with the time and the topic.
    raw = "true" if name == "kitchen" else "false"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": raw})
print("the shop is ready", flush=True)
