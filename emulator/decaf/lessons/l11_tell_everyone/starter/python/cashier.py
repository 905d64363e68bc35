"""The cashier takes orders. Kitchen, stock and loyalty all need every one of them."""

import json

from shop import queue_url, sqs

orders = queue_url("orders")
for order in range(1, 10):
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps({"order": order}))
    print(f"took order {order}", flush=True)
