"""The barista makes orders, and calls them out too: why go by a queue?"""

import json

from shop import make, queue_url, sqs

orders, ready = queue_url("orders"), queue_url("ready")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        make(order)
        sqs.send_message(QueueUrl=ready, MessageBody=json.dumps({"order": order}))
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
