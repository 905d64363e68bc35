"""The barista makes orders. Several of them work at the same time."""

import json
import os
import time

from shop import queue_url, sqs

KNOWN_DRINKS = os.environ.get("KNOWN_DRINKS", "latte espresso mocha cake").split()

orders, made = queue_url("orders.fifo"), queue_url("made.fifo")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=20)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])
        if order["drink"] not in KNOWN_DRINKS:
            print(f"order {order['order']}: nobody knows how to make {order['drink']}", flush=True)
            continue
        time.sleep(order["seconds"])
        sqs.send_message(
            QueueUrl=made,
            MessageBody=json.dumps({"order": order["order"]}),
            MessageGroupId=order["customer"],
            MessageDeduplicationId=f"order-{order['order']}",
        )
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
        print(f"made order {order['order']} for {order['customer']}", flush=True)
