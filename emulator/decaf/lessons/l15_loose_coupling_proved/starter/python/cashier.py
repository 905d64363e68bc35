"""The cashier takes an order from each customer, and makes sure that it gets done."""

import json

from customers import customers
from shop import queue_url, sqs

orders, ready = queue_url("orders"), queue_url("ready")


def wait_until_ready(order):
    while True:
        answer = sqs.receive_message(QueueUrl=ready, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=ready, ReceiptHandle=message["ReceiptHandle"])
            if json.loads(message["Body"])["order"] == order:
                return


for order in customers():
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps({"order": order}))
    print(f"took order {order}", flush=True)
    wait_until_ready(order)
