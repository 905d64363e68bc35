"""The cashier takes an order from each customer, and leaves the rest to the queue."""

import json

from customers import customers
from shop import queue_url, sqs

orders = queue_url("orders")
for order in customers():
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps({"order": order}))
    print(f"took order {order}", flush=True)
