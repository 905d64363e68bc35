"""Makes the shop ready before it opens: creates what it needs. The queues made.fifo, ada, ben and cleo are there."""

import json

import boto3
from shop import queue_url, sqs

sns = boto3.client("sns")


def arn_of(queue):
    answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return answer["Attributes"]["QueueArn"]


# What cannot be made is set aside after three tries, and kept for two weeks.
dead = sqs.create_queue(
    QueueName="orders-dead.fifo", Attributes={"FifoQueue": "true", "MessageRetentionPeriod": "1209600"}
)["QueueUrl"]
redrive = {"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 3}
sqs.create_queue(
    QueueName="orders.fifo",
    Attributes={"FifoQueue": "true", "VisibilityTimeout": "3", "RedrivePolicy": json.dumps(redrive)},
)
sqs.create_queue(QueueName="later", Attributes={"DelaySeconds": "600"})

# Each customer's queue lets in the topic `ready`, and gets what is theirs.
ready = sns.create_topic(Name="ready")["TopicArn"]
for customer in ("ada", "ben", "cleo"):
    queue = queue_url(customer)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn_of(queue),
        "Condition": {"ArnEquals": {"aws:SourceArn": ready}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=ready, Protocol="sqs", Endpoint=arn_of(queue))
print("the shop is ready", flush=True)
