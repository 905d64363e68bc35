"""The barista waits for orders, and goes home when none comes within a second."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=1)
    if not answer.get("Messages"):
        break
    for message in answer["Messages"]:
        make(json.loads(message["Body"])["order"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
