"""The cashier takes orders. On the new menu, which comes into force during the day, customers choose the milk too."""

import json
import os

from shop import queue_url, sqs

NEW_MENU = os.environ.get("MENU") == "new"

orders = queue_url("orders")
for order in range(6, 11) if NEW_MENU else range(1, 6):
    message = {"order": order, "drink": "latte"}
    if NEW_MENU:
        message["milk"] = "oat"
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps(message))
    print(f"took order {order}: {message}", flush=True)
