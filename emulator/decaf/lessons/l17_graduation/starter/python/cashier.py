"""The cashier takes all orders of the day, and goes home."""

import json
from pathlib import Path

from shop import queue_url, sqs

orders = queue_url("orders.fifo")
for order in json.loads(Path("orders.json").read_text()):
    sqs.send_message(
        QueueUrl=orders,
        MessageBody=json.dumps(order),
        MessageGroupId="shop",
        MessageDeduplicationId=f"order-{order['order']}",
    )
    print(f"took order {order['order']} of {order['customer']}", flush=True)
