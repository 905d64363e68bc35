"""The barista wants orders back quickly after a faint: the queue shall lend them for one second only."""

import json
import time

from shop import make, queue_url, sqs

orders = queue_url("orders")
sqs.set_queue_attributes(QueueUrl=orders, Attributes={"VisibilityTimeout": "1"})
while True:
    answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        time.sleep(0.4)
        make(json.loads(message["Body"])["order"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
