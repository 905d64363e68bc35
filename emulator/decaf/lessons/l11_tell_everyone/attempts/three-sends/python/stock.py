"""Stock counts what an order uses up. What it has done goes to the queue `made-stock`."""

import json

from shop import queue_url, sqs

orders = queue_url("stock")
done = queue_url("made-stock")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        sqs.send_message(QueueUrl=done, MessageBody=json.dumps({"order": order}))
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
        print(f"counted order {order}", flush=True)
