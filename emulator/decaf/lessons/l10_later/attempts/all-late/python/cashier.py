"""The cashier sends five orders. Two of the customers come in ten minutes."""

import json

from shop import queue_url, sqs

ORDERS = [(1, 0), (2, 10), (3, 0), (4, 10), (5, 0)]  # with the minutes until the customer comes

orders = queue_url("orders")
sqs.set_queue_attributes(QueueUrl=orders, Attributes={"DelaySeconds": "600"})
for order, minutes in ORDERS:
    body = {"order": order, "minutes": minutes}
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps(body))
    print(f"took order {order}", flush=True)
