"""The barista makes slow coffee: five seconds a cup. The queue lends an order for two seconds."""

import json

from machine import MachineBroken, brew
from shop import make, queue_url, sqs

orders = queue_url("orders")


def work(message):
    order = json.loads(message["Body"])["order"]
    try:
        brew(order)
    except MachineBroken as problem:
        print(f"order {order}: {problem}, so somebody else may try", flush=True)
        return
    make(order)
    sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])


while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        work(message)
