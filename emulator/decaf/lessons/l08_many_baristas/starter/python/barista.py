"""One of four baristas: takes up to ten orders, makes them, and deletes them with one call."""

import json

from machine import brew
from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    done = []
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        brew(order)
        make(order)
        done.append({"Id": str(order), "ReceiptHandle": message["ReceiptHandle"]})
    if done:
        sqs.delete_message_batch(QueueUrl=orders, Entries=done)
