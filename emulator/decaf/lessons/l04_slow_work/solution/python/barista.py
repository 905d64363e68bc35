"""The barista makes slow coffee: five seconds a cup. Each beat lends the order for two seconds more."""

import json
import threading

from machine import MachineBroken, brew
from shop import make, queue_url, sqs

LOAN = 2  # seconds
orders = queue_url("orders")


def keep(message, ended):
    """Renew the loan at half its time, until the work has ended."""
    while not ended.wait(LOAN / 2):
        sqs.change_message_visibility(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=LOAN)


def work(message):
    order = json.loads(message["Body"])["order"]
    ended = threading.Event()
    beat = threading.Thread(target=keep, args=(message, ended), daemon=True)
    beat.start()
    try:
        brew(order)
        make(order)
    except MachineBroken as problem:
        print(f"order {order}: {problem}, so somebody else may try", flush=True)
        return
    finally:
        ended.set()
        beat.join()
    sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])


while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        work(message)
