"""Prepares the shop, before the first order comes."""

import json

from shop import queue_url, sqs

# Orders that nobody can make go here. They stay for 14 days, the longest time that there is.
dead = sqs.create_queue(QueueName="orders-dead", Attributes={"MessageRetentionPeriod": "1209600"})["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
policy = {"deadLetterTargetArn": arn, "maxReceiveCount": 3}
sqs.set_queue_attributes(QueueUrl=queue_url("orders"), Attributes={"RedrivePolicy": json.dumps(policy)})
