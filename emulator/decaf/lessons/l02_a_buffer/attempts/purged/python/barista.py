"""The barista takes some orders, and empties the queue when it is time to go home."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10, WaitTimeSeconds=5)
for message in answer.get("Messages", []):
    make(json.loads(message["Body"])["order"])
sqs.purge_queue(QueueUrl=orders)
