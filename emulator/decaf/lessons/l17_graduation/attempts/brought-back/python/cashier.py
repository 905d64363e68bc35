"""The cashier takes all orders of the day, and goes home."""

import json
from pathlib import Path

from shop import queue_url, sqs

orders, later = queue_url("orders.fifo"), queue_url("later")
for order in json.loads(Path("orders.json").read_text()):
    if "minutes" in order:
        sqs.send_message(QueueUrl=later, MessageBody=json.dumps(order))
    else:
        sqs.send_message(
            QueueUrl=orders,
            MessageBody=json.dumps(order),
            MessageGroupId=order["customer"],  # in order for each customer, and all customers at once
            MessageDeduplicationId=f"order-{order['order']}",
        )
    print(f"took order {order['order']} of {order['customer']}", flush=True)
