"""The barista makes orders. What happens to one that cannot be made?"""

import json

from machine import MachineBroken, prepare
from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        try:
            prepare(order)
        except MachineBroken as problem:
            print(f"order {order}: {problem}", flush=True)
        else:
            make(order)
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
