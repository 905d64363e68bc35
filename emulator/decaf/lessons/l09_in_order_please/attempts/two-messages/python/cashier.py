"""The cashier sends the orders of three customers to a FIFO queue."""

import json
import uuid

from shop import queue_url, sqs

ORDERS = [
    (1, "Ada", "latte"),
    (2, "Bo", "mocha"),
    (3, "Cy", "tea"),
    (4, "Bo", "cake"),
    (5, "Ada", "latte"),
    (6, "Cy", "cake"),
]

orders = queue_url("orders.fifo")
for order, customer, what in ORDERS:
    sqs.send_message(
        QueueUrl=orders,
        MessageBody=json.dumps({"order": order, "customer": customer, "what": what}),
        MessageGroupId=customer,
        MessageDeduplicationId=str(uuid.uuid4()),
    )
    print(f"took order {order}: {what} for {customer}", flush=True)
