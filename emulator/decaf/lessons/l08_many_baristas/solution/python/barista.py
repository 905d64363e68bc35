"""One of four baristas: takes up to four orders, makes them, and deletes them with one call."""

import json

from machine import brew
from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=4, WaitTimeSeconds=5)
    done = []
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        brew(order)
        make(order)
        done.append({"Id": str(order), "ReceiptHandle": message["ReceiptHandle"]})
    while done:
        answer = sqs.delete_message_batch(QueueUrl=orders, Entries=done)
        failed = {entry["Id"] for entry in answer.get("Failed", [])}
        done = [entry for entry in done if entry["Id"] in failed]
