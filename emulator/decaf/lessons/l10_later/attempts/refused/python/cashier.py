"""The cashier sends five orders. Two of the customers come in ten minutes."""

import json

from botocore.exceptions import ClientError
from shop import queue_url, sqs

ORDERS = [(1, 0), (2, 10), (3, 0), (4, 10), (5, 0)]  # with the minutes until the customer comes

orders = queue_url("orders")
for order, minutes in ORDERS:
    body = {"order": order, "minutes": minutes}
    try:
        sqs.send_message(QueueUrl=orders, MessageBody=json.dumps(body), DelaySeconds=minutes * 60 * 1000)
        print(f"took order {order}", flush=True)
    except ClientError as error:
        print(f"could not take order {order}: {error}", flush=True)
