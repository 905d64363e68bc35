"""Loyalty adds a point to the customer's card. What it has done goes to the queue `made-loyalty`."""

import json

from shop import queue_url, sqs

orders = queue_url("loyalty")
done = queue_url("made-loyalty")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"]).get("order")
        sqs.send_message(QueueUrl=done, MessageBody=json.dumps({"order": order}))
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
        print(f"a point for order {order}", flush=True)
