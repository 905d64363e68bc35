"""The barista makes orders, and hides those that are for later."""

import json

from shop import make, queue_url, sqs

orders = queue_url("orders")
count = "ApproximateReceiveCount"
while True:
    answer = sqs.receive_message(QueueUrl=orders, MessageSystemAttributeNames=[count], WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        body = json.loads(message["Body"])
        receipt = message["ReceiptHandle"]
        if body["minutes"] and message["Attributes"][count] == "1":
            print(f"order {body['order']} is for later", flush=True)
            hidden = body["minutes"] * 60
            sqs.change_message_visibility(QueueUrl=orders, ReceiptHandle=receipt, VisibilityTimeout=hidden)
            continue
        make(body["order"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=receipt)
