"""The barista asks once for ten orders, makes them, and goes home."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10, WaitTimeSeconds=5)
for message in answer.get("Messages", []):
    make(json.loads(message["Body"])["order"])
    sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
