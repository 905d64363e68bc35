"""The barista makes every order that comes: those that are for later come later."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        make(json.loads(message["Body"])["order"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
