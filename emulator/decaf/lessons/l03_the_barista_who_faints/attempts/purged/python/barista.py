"""The barista makes one order after the other, and empties the queue after each."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=1, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        make(json.loads(message["Body"])["order"])
        sqs.purge_queue(QueueUrl=orders)
