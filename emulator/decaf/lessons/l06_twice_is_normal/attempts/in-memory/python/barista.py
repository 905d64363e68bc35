"""The barista makes every order once: it remembers which ones are made."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
done = set()
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        if order not in done:
            make(order)
            done.add(order)
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
