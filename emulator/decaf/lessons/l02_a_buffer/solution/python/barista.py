"""The barista takes orders out of the queue `orders`, and makes them."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    # Ask for up to ten orders, and wait up to five seconds for the first of them.
    answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        make(order)
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
