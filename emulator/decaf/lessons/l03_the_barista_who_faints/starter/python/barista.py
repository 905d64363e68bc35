"""The barista takes one order after the other out of the queue `orders`, and makes it."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=1, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
        make(order)
