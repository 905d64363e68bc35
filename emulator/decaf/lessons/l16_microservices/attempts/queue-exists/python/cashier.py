"""The cashier takes orders. On the new menu, which comes into force during the day, customers choose the milk too."""

import json
import os

from botocore.exceptions import ClientError
from shop import sqs

NEW_MENU = os.environ.get("MENU") == "new"

try:
    orders = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
except ClientError as error:
    print(error)
    raise SystemExit from None
for order in range(6, 11) if NEW_MENU else range(1, 6):
    message = {"order": order, "drink": "latte"}
    if NEW_MENU:
        message["milk"] = "oat"
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps(message))
    print(f"took order {order}: {message}", flush=True)
