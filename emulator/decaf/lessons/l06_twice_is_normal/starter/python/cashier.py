"""The cashier begins the day, takes orders, puts them into the queue `orders`, and goes home."""

import json

import notebook
from shop import queue_url, sqs

ORDERS = 6

notebook.clear()
orders = queue_url("orders")
for order in range(1, ORDERS + 1):
    # When no answer comes, boto3 sends the order again.
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps({"order": order}))
    print(f"took order {order}", flush=True)
