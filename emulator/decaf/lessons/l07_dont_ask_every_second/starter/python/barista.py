"""The barista asks ten times in a second whether there is an order."""

import json
import time

from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders)
    for message in answer.get("Messages", []):
        make(json.loads(message["Body"])["order"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
    time.sleep(0.1)
