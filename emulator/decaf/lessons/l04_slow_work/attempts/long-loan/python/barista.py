"""The barista makes slow coffee: five seconds a cup. So it asks for orders for twelve hours."""

import json

from machine import MachineBroken, brew
from shop import make, queue_url, sqs

orders = queue_url("orders")
sqs.set_queue_attributes(QueueUrl=orders, Attributes={"VisibilityTimeout": "43200"})  # twelve hours


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
