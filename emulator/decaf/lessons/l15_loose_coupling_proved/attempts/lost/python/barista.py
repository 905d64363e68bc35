"""The barista takes orders out of the queue `orders`, and makes them."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
        make(json.loads(message["Body"])["order"])
