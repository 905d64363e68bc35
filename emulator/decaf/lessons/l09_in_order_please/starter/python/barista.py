"""One of two baristas: makes one order after the other. One that cannot be made is not deleted, so it comes back."""

import json

from machine import MachineBroken, brew
from shop import make, queue_url, sqs

orders = queue_url("orders.fifo")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        try:
            brew(order)
        except MachineBroken as problem:
            print(f"order {order}: {problem}", flush=True)
            continue
        make(order)
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
