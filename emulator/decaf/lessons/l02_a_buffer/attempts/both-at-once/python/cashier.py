"""The cashier puts each order into the queue `orders`, and makes it before the next customer comes."""

import json

from shop import make, queue_url, sqs

ORDERS = 20

orders = queue_url("orders")
for order in range(1, ORDERS + 1):
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps({"order": order}))
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        make(json.loads(message["Body"])["order"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
