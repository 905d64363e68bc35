"""The kitchen cooks what was ordered. What it has done goes to the queue `made-kitchen`."""

import json

from shop import queue_url, sqs

orders = queue_url("kitchen")
done = queue_url("made-kitchen")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        sqs.send_message(QueueUrl=done, MessageBody=json.dumps({"order": order}))
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
        print(f"cooked order {order}", flush=True)
