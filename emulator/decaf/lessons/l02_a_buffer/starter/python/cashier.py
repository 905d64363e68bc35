"""The cashier takes orders, puts them into the queue `orders`, and goes home."""

import json

from shop import queue_url, sqs

ORDERS = 20

orders = queue_url("orders")
for order in range(1, ORDERS + 1):
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps({"order": order}))
    print(f"took order {order}", flush=True)
