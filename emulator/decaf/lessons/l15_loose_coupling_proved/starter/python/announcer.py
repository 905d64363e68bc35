"""The announcer takes what is made off the counter, the queue `made`, and calls it out into the queue `ready`."""

import json

from shop import queue_url, sqs

made, ready = queue_url("made"), queue_url("ready")
while True:
    answer = sqs.receive_message(QueueUrl=made, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        sqs.send_message(QueueUrl=ready, MessageBody=json.dumps({"order": order}))
        sqs.delete_message(QueueUrl=made, ReceiptHandle=message["ReceiptHandle"])
        print(f"order {order} is ready", flush=True)
