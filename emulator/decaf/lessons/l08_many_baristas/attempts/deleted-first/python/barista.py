"""One of four baristas: takes up to ten orders, and deletes them with one call before the loan can end."""

import json

from machine import brew
from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    messages = answer.get("Messages", [])
    if messages:
        entries = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in messages]
        sqs.delete_message_batch(QueueUrl=orders, Entries=entries)
    for message in messages:
        order = json.loads(message["Body"])["order"]
        brew(order)
        make(order)
