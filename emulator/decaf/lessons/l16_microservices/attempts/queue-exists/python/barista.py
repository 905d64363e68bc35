"""The barista takes orders out of the queue `orders`, and makes them. It reads what it knows, and leaves the rest."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        wanted = json.loads(message["Body"])
        print(f"a {wanted['drink']} for order {wanted['order']}", flush=True)
        make(wanted["order"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
