"""The barista makes every message once: the notebook knows their ids."""

import json

import notebook
from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        if not notebook.knows(message["MessageId"]):
            make(order)
            notebook.remember(message["MessageId"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
